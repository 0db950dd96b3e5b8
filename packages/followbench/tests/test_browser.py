from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from followbench.answers import Answers
from followbench.browser import browser, item_data
from followbench.data import Benchmark, Constraint, Group, Level
from followbench.results import Result, evaluate
from followbench.series import series_of
from followbench.sources import load_benchmark
from truing_core.records import write_text

MINI = load_benchmark("mini", "en").select(limit=1)
PATHS = Group(
    "p", "style", "en", "I", tuple(Level(f"L{n}", Constraint("path")) for n in range(1, 6))
)
HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!-- <script> -->",
    "]]><img src=x onerror=alert(1)>",
    "a nul \0, a bell \a, a line \u2028 and a paragraph \u2029, a mark \u202e",
    "half a pair \ud83d here",
]


def answered(benchmark, texts, judgements=None, model="m"):
    keys = [item.key for item in benchmark.items]
    judged = None if judgements is None else Answers(dict(zip(keys, judgements, strict=False)))
    generations = Answers(dict(zip(keys, texts, strict=False)), author=model)
    return evaluate(benchmark, generations, judged, "fixed")


def embedded(html):
    [block] = re.findall(
        r'<script type="application/json" id="items-data">(.*?)</script>', html, re.S
    )
    return json.loads(block)


def test_rows_say_what_the_items_say():
    one = answered(MINI, ["An answer."] * 25)
    two = answered(MINI, ["Another answer."] * 30, model="n")
    data = item_data(series_of([one, two]))
    assert (data["runs"], data["langs"]) == (["m", "n"], ["en", "en"])
    texts, rows = data["texts"], data["rows"]
    assert len(texts) == len(set(texts))
    pairs = [(item, run) for item in range(30) for run in (0, 1)]
    assert len(rows) == len(pairs) == 60
    for row, (at, run) in zip(rows, pairs, strict=True):
        item = (one, two)[run].items[at]
        assert row["run"] == run
        assert (row["category"], row["id"], row["level"]) == (
            item["category"], item["example_id"], item["level"],
        )  # fmt: skip
        assert [texts[place] for place in row["path"]] == item["path"]
        assert (row["answer"], row["status"], row["hard"]) == (
            item["generation"], item["status"], item["hard"],
        )  # fmt: skip
        assert [[texts[name], ok, why] for name, ok, why in row["constraints"]] == [
            [c["text"], c["ok"], c["message"]] for c in item["constraints"]
        ]
    assert [row["answer"] for row in rows[-2:]] == [None, "Another answer."]


def test_what_a_judge_reads_off_the_path_has_no_text_of_its_own():
    benchmark = Benchmark("b", "en", (PATHS,))
    result = answered(benchmark, ["x"] * 5, ["YES", "[YES, NO]", "I cannot say."])
    rows = item_data(series_of([result]))["rows"]
    assert rows[1]["constraints"] == [
        [None, True, "the judge's verdict"], [None, False, "the judge's verdict"],
    ]  # fmt: skip
    assert rows[1]["judgement"] == "[YES, NO]"
    assert (rows[2]["status"], rows[2]["judgement"]) == ("unread", "I cannot say.")
    assert rows[2]["reason"]
    assert (rows[3]["status"], rows[3]["judgement"]) == ("no_judgement", None)


def test_what_models_write_is_data_and_never_a_part_of_the_page(tmp_path):
    result = answered(MINI, [*HOSTILE, "x" * 300_000])
    html = str(browser(series_of([result])))
    assert html.count("<script") == html.count("</script>") == 1
    assert "<!--" not in html
    assert "onerror" in html
    assert "<img" not in html
    rows = embedded(html)["rows"]
    assert [row["answer"] for row in rows[:6]] == [*HOSTILE, "x" * 300_000]
    write_text(tmp_path / "page.html", html)
    written = embedded((tmp_path / "page.html").read_text("utf-8"))["rows"]
    assert [row["answer"] for row in written[:5]] == [*HOSTILE[:4], "half a pair ? here"]


@given(st.text(), st.text())
def test_any_text_comes_back_as_it_was(text, judgement):
    benchmark = Benchmark("b", "en", (PATHS,))
    result = answered(benchmark, [text], [judgement])
    html = str(browser(series_of([result])))
    assert html.count("</script>") == 1
    [row, *_] = embedded(html)["rows"]
    assert (row["answer"], row["judgement"]) == (text, judgement)


def test_runs_on_the_same_data_share_its_texts():
    one = answered(MINI, ["a"] * 30)
    alone = item_data(series_of([one]))
    three = item_data(series_of([one] * 3))
    assert three["texts"] == alone["texts"]
    assert len(three["rows"]) == 3 * len(alone["rows"])


def test_controls_are_labelled_and_name_the_models_only_if_there_are_several():
    one = answered(MINI, ["a"], model='evil"><script>x</script>')
    single, several = str(browser(series_of([one]))), str(browser(series_of([one, one])))
    assert "filter-model" not in single
    assert "evil&#34;&gt;&lt;script&gt;x&lt;/script&gt; #1</option>" in several
    for name in ("category", "level", "outcome"):
        assert f'<label>{name}<select id="filter-{name}">' in single
    assert re.search(r"<label[^>]*>search<input id=\"filter-search\"", single)
    assert 'role="status"' in single


def test_a_run_without_items_is_an_empty_list():
    assert item_data(series_of([Result({"lang": "en"}, [])]))["rows"] == []
