"""The report: one self-contained page for one run, or for several side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from typing import Any

from followbench.figures import category_radar, level_lines
from followbench.leaderboard import PUBLISHED
from followbench.results import Result
from followbench.tables import footer, leaderboard_rows, mean
from truing_core.report import Markup, Section, json_block, note_html, page, table_html

LEVEL_HEADS = [f"L{level}" for level in range(1, 6)]
_FILES = resources.files("followbench") / "templates"


def render(results: Sequence[Result]) -> str:
    """The page, as HTML text.

    Args:
        results: At least one scored run; colours follow their order.
    """
    comparable = all(_like_the_paper(result) for result in results)
    sections = [
        Section("Scores", Markup("").join([*_notes(results), _headline(results, comparable)])),
        Section("Levels", _figures(results, comparable)),
        Section("Categories", Markup("").join(_category_tables(results))),
        Section("Items", _browser(results)),
    ]
    names = ", ".join(result.label for result in results)
    return page(
        "FollowBench",
        sections,
        subtitle=f"{names} — {_data_line(results[0].summary)}",
        facts=_facts(results),
        style=(_FILES / "report.css").read_text("utf-8"),
        script=(_FILES / "browser.js").read_text("utf-8"),
    )


def _like_the_paper(result: Result) -> bool:
    """Whether the published English models are a fair reference: full data, with a judge."""
    summary = result.summary
    return bool(
        summary["lang"] == "en"
        and summary["constraints"] == "all"
        and summary["coverage"]["items"] == 820
    )


def _notes(results: Sequence[Result]) -> Iterator[Markup]:
    for result in results:
        summary, prefix = result.summary, f"{result.label}: " if len(results) > 1 else ""
        unread = summary["coverage"]["unparsed"]
        kind = "warn" if unread or summary["constraints"] == "checks-only" else ""
        yield note_html(f"{prefix}{footer(summary)}.", kind)
    if any(result.summary["data"]["name"] == "mini" for result in results):
        yield note_html(
            "mini is a small benchmark of its own; its numbers do not compare with the paper's."
        )


def _headline(results: Sequence[Result], comparable: bool) -> Markup:
    rows = leaderboard_rows(results, PUBLISHED if comparable else ())
    heads = ["model", *LEVEL_HEADS, "HSR", "SSR", "CSL", ""]
    cells = [
        [
            _strong(row["model"], row["source"] != "paper"),
            *row["hsr"],
            row["hsr_mean"],
            row["ssr_mean"],
            _digits(row["csl"], 2 if row["source"] != "paper" else 1),
            "the paper" if row["source"] == "paper" else row["source"],
        ]
        for row in rows
    ]
    caption = "HSR at each level and its mean, mean SSR (percent), CSL (levels)"
    return table_html(heads, cells, caption=caption)


def _figures(results: Sequence[Result], comparable: bool) -> Markup:
    published = PUBLISHED if comparable else ()
    figures = [
        level_lines(results, "hsr", published),
        level_lines(results, "ssr"),
        category_radar(results),
    ]
    return Markup('<div class="figures">{}</div>').format(Markup("").join(figures))


def _category_tables(results: Sequence[Result]) -> Iterator[Markup]:
    heads = ["category", "groups", *(f"HSR {name}" for name in LEVEL_HEADS), "SSR", "CSL"]
    for result in results:
        blocks = result.summary["categories"]
        rows = [
            [name, block["groups"], *_cells(block), mean(block["ssr"]), _csl_cell(block)]
            for name, block in blocks.items()
        ]
        average = result.summary["average"]
        total = sum(block["groups"] for block in blocks.values())
        last = [_strong("average", True), total, *_cells(average), mean(average["ssr"])]
        yield table_html(heads, [*rows, [*last, _csl_cell(average)]], caption=result.label)


def _cells(block: Mapping[str, Any]) -> list[Any]:
    """Rates with their 95 % interval in small print."""
    pairs = zip(block["hsr"], block["intervals"]["hsr"], strict=True)
    return [_with_interval(value, bounds, 1) for value, bounds in pairs]


def _csl_cell(block: Mapping[str, Any]) -> Any:
    return _with_interval(block["csl"], block["intervals"]["csl"], 2)


def _with_interval(value: float | None, bounds: Sequence[float] | None, digits: int) -> Any:
    if value is None:
        return None
    if bounds is None:
        return Markup('<span class="value">{}</span>').format(_digits(value, digits))
    return Markup('<span class="value">{}</span> <small>{}–{}</small>').format(
        _digits(value, digits), _digits(bounds[0], digits), _digits(bounds[1], digits)
    )


def _browser(results: Sequence[Result]) -> Markup:
    rows = [{"run": n, **row} for n, result in enumerate(results) for row in result.items]
    categories = list(dict.fromkeys(row["category"] for row in rows))
    controls = [
        _select("category", [("", "all categories"), *((name, name) for name in categories)]),
        _select("level", [("", "all levels"), *((str(n), f"level {n}") for n in range(1, 6))]),
        _select(
            "outcome",
            [("failed", "failed"), ("unscored", "not scored"), ("passed", "passed"), ("", "all")],
        ),
    ]
    if len(results) > 1:
        models = [(str(n), result.label) for n, result in enumerate(results)]
        controls.insert(0, _select("model", [("", "all models"), *models]))
    return Markup(
        '<div class="filters">{}<input id="filter-search" type="search" aria-label="search" '
        'placeholder="search instructions and answers"><span id="items-count"></span></div>'
        '<div id="item-list"></div><button id="items-more" type="button" hidden></button>'
        "<noscript>Browsing items needs JavaScript; they also stand in items.jsonl.</noscript>{}"
    ).format(Markup("").join(controls), json_block("items-data", rows))


def _select(name: str, options: Sequence[tuple[str, str]]) -> Markup:
    choices = Markup("").join(
        Markup('<option value="{}">{}</option>').format(value, text) for value, text in options
    )
    return Markup('<select id="filter-{0}" aria-label="{0}">{1}</select>').format(name, choices)


def _facts(results: Sequence[Result]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for number, result in enumerate(results, start=1):
        summary = result.summary
        prefix = f"{number}. " if len(results) > 1 else ""
        judge = summary["judge"]
        facts[f"{prefix}model"] = result.label
        facts[f"{prefix}data"] = _data_line(summary)
        facts[f"{prefix}checks"] = summary["checks"]
        facts[f"{prefix}judge"] = judge["model"] if judge else "none"
        if judge:
            facts[f"{prefix}judge templates"] = judge["templates"]
        facts[f"{prefix}followbench"] = summary["followbench"]
    facts["method"] = (
        "FollowBench, arXiv 2310.20410; intervals are 95 % bootstrap intervals over groups"
    )
    return facts


def _data_line(summary: Mapping[str, Any]) -> str:
    data = summary["data"]
    items = summary["coverage"]["items"]
    return f"{data['name']} ({summary['lang']}, {items} items, {data['fingerprint']})"


def _strong(text: str, strong: bool) -> Any:
    return Markup("<strong>{}</strong>").format(text) if strong else text


def _digits(value: float | None, digits: int) -> str | None:
    return None if value is None else f"{value:.{digits}f}"
