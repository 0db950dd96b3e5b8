from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truing_core.report import (
    PALETTE,
    Markup,
    Section,
    collapsible,
    escape,
    facts_html,
    figure_html,
    figure_style,
    figure_svg,
    json_block,
    note_html,
    page,
    table_html,
)
from truing_core.testing.pages import Page

NASTY = "<script>alert(1)</script> & \"quoted\" 'text' </style></title>"
# What HTML itself changes: NUL and surrogates have no place in it, CR becomes LF.
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), min_size=1)


def draw() -> Any:
    from matplotlib.figure import Figure

    with figure_style():
        fig = Figure(figsize=(5, 3))
        axes = fig.add_subplot()
        axes.plot([1, 2, 3], [3, 1, 2], marker="o", label=f"模型 {NASTY}")
        axes.set_xlabel("level")
        axes.legend()
    return fig


def test_a_page_is_whole_and_loads_nothing() -> None:
    html = page(
        "Title",
        [Section("One", "<p>first</p>"), "<p>between</p>", Section("Two & more", "<p>second</p>")],
        subtitle="below",
        facts={"seed": 0},
    )
    reader = Page(html)
    assert html.startswith('<!doctype html>\n<html lang="en">')
    assert {"html", "head", "body", "header", "main", "footer", "section"} <= set(reader.tags)
    assert ("".join(reader.texts_of("title")), "".join(reader.texts_of("h1"))) == ("Title", "Title")
    assert "".join(reader.texts_of("p")) == "belowfirstbetweensecond"
    assert "script" not in reader.tags
    assert ("meta", "charset", "utf-8") in reader.attributes
    assert ("meta", "name", "viewport") in reader.attributes
    [policy] = [value for _, name, value in reader.attributes if value and "default-src" in value]
    assert policy.startswith("default-src 'none';")
    outside = [value for _, name, value in reader.attributes if name in ("src", "href")]
    assert outside == []
    assert not re.search(r"url\(|@import|https?:", html)


def test_contents_link_to_sections() -> None:
    sections = [Section(title, "") for title in ("Scores", "Per level!", "失败")]
    reader = Page(page("T", [*sections, Section("Odd", "", id="kept")]))
    ids = [value for tag, name, value in reader.attributes if (tag, name) == ("section", "id")]
    assert ids == ["scores", "per-level", "失败", "kept"]
    links = [value for tag, name, value in reader.attributes if (tag, name) == ("a", "href")]
    assert links == [f"#{anchor}" for anchor in ids]
    assert "nav" not in Page(page("T", sections[:2])).tags


def test_own_style_and_script_are_taken_as_they_are() -> None:
    reader = Page(page("T", "", style="b { color: var(--bad); }", script="let a = 1 < 2;"))
    assert "".join(reader.texts_of("script")).strip() == "let a = 1 < 2;"
    assert "b { color: var(--bad); }" in "".join(reader.texts_of("style"))


def test_the_style_serves_dark_phones_and_paper() -> None:
    css = "".join(Page(page("T", "")).texts_of("style"))
    for part in ("prefers-color-scheme: dark", "max-width: 40rem", "@media print", "--accent"):
        assert part in css
    assert css.count("{") == css.count("}")
    used, defined = (
        set(re.findall(pattern, css)) for pattern in (r"var\((--\w[\w-]*)\)", r"(--\w[\w-]*):")
    )
    assert used <= defined


@given(TEXTS)
def test_plain_text_stays_text_everywhere(text: str) -> None:
    text += NASTY
    html = page(
        text,
        [
            Section(text, table_html([text], [[text]], caption=text) + note_html(text, "warn")),
            Section("b", collapsible(text, "<i>in</i>")),
            Section("c", json_block("data", {text: text})),
        ],
        subtitle=text,
        facts={text: text},
    )
    reader = Page(html)
    assert set(reader.tags) <= {
        *("html", "head", "meta", "title", "style", "body", "header", "h1", "p", "nav", "a"),
        *("main", "section", "h2", "div", "table", "caption", "thead", "tbody", "tr", "th", "td"),
        *("details", "summary", "i", "footer", "dl", "dt", "dd", "script"),
    }
    assert reader.tags.count("script") == 1
    for tag in ("h1", "caption", "td", "th", "summary", "dt", "dd"):
        assert "".join(reader.texts_of(tag)) == text
    assert json.loads("".join(reader.texts_of("script"))) == {text: text}


def test_table_cells() -> None:
    html = table_html(
        ["name", "n", "rate", "mixed", "empty"],
        [
            ["a", 1234, 12.345, 1, None],
            [Markup("<b>b</b>"), 2, None, "x", None],
            [True, 3, float("nan"), None, None],
        ],
        digits=2,
    )
    rows = re.findall(r"<tr>(.*?)</tr>", html)
    assert rows[0] == (
        '<th scope="col">name</th><th class="num" scope="col">n</th>'
        '<th class="num" scope="col">rate</th><th scope="col">mixed</th>'
        '<th class="num" scope="col">empty</th>'
    )
    assert rows[1] == (
        '<td>a</td><td class="num">1,234</td><td class="num">12.35</td>'
        '<td class="num">1</td><td class="num">–</td>'
    )
    assert rows[2].startswith('<td><b>b</b></td><td class="num">2</td><td class="num">–</td><td>x')
    assert rows[3].startswith('<td>True</td><td class="num">3</td><td class="num">–</td><td>–</td>')
    assert "<tr>" not in table_html(["a"], []).split("<tbody>")[1]


def test_rows_of_another_length_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="shorter"):
        table_html(["a"], [[1, 2]])


def test_facts_write_out_what_is_nested() -> None:
    reader = Page(
        facts_html({"models": ["a", "b"], "hashes": {"x": "1", "y": [2]}, "none": None, "on": True})
    )
    values = reader.texts_of("dd")
    assert values == ["a, b", "x: 1, y: 2", "–", "yes"]


def test_collapsible_may_start_open() -> None:
    assert collapsible("s", "<p>x</p>", open=True).startswith("<details open><summary>s<")
    assert collapsible(Markup("<b>s</b>"), "").startswith("<details><summary><b>s</b><")


def test_escape_leaves_markup_alone() -> None:
    assert escape("<a>") == "&lt;a&gt;"
    assert escape(Markup("<a>")) == "<a>"


def test_json_blocks_refuse_nan() -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        json_block("x", [float("nan")])


def test_figures_are_inline_escaped_and_follow_the_theme() -> None:
    pytest.importorskip("matplotlib")
    html = figure_html(draw(), f"Rates {NASTY}")
    reader = Page(html)
    assert reader.tags[:2] == ["figure", "svg"]
    assert "script" not in reader.tags
    assert ("svg", "aria-label", f"Rates {NASTY}") in reader.attributes
    assert f"模型 {NASTY}" in "".join(reader.texts_of("text"))
    assert "".join(reader.texts_of("figcaption")) == f"Rates {NASTY}"
    assert "currentColor" in html
    assert not re.search(r": (?:#000000|black)\b", html)
    assert PALETTE[0] in html
    assert not re.search(r"<\?xml|<!DOCTYPE|<metadata", html)
    texts = re.findall(r"<text[^>]*>", html)
    assert texts
    assert all("fill: currentColor" in text for text in texts)


def test_texts_of_a_figure_are_left_as_they_are() -> None:
    pyplot = pytest.importorskip("matplotlib.pyplot")
    fig, axes = pyplot.subplots()
    axes.set_title("Cats: black; font-family: serif")
    texts = Page(figure_svg(fig)).texts_of("text")
    pyplot.close(fig)
    assert "Cats: black; font-family: serif" in "".join(texts)


def test_the_same_figure_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    svg = figure_svg(draw())
    assert svg == figure_svg(draw())
    script = (
        "import hashlib, sys; sys.path.insert(0, sys.argv[1])\n"
        "from test_report import draw, figure_svg\n"
        "print(hashlib.sha256(figure_svg(draw()).encode()).hexdigest())\n"
    )
    folder = str(Path(__file__).parent)
    done = subprocess.run(
        [sys.executable, "-c", script, folder], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == hashlib.sha256(svg.encode()).hexdigest()


def test_figure_style_is_undone() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    before = matplotlib.rcParams["axes.spines.top"]
    with figure_style():
        assert matplotlib.rcParams["axes.spines.top"] is False
    assert matplotlib.rcParams["axes.spines.top"] == before
