"""The page's numbers against the summaries, read back from the HTML."""

from __future__ import annotations

import random
from html.parser import HTMLParser

import pytest

from followbench.answers import Answers
from followbench.data import Benchmark, Constraint, Group, Level
from followbench.leaderboard import PUBLISHED
from followbench.report import render
from followbench.results import evaluate, load, save
from followbench.sources import load_benchmark

CATEGORIES = ("content", "situation", "style", "format", "example", "mixed")
MINI = load_benchmark("mini", "en").select(limit=3)


class Tables(HTMLParser):
    """The page's tables as lists of rows of cells, the text of its notes, and its headings."""

    def __init__(self, html):
        super().__init__()
        self.tables, self.notes, self.heads, self.summaries = [], [], [], []
        self.opened = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
        elif tag == "summary":
            self.summaries.append("")
        elif tag == "div" and "note" in attributes.get("class", "").split():
            self.notes.append("")
            tag = "note"
        elif tag in ("h1", "h2"):
            self.heads.append("")
        if tag in ("td", "th", "note", "h1", "h2", "summary"):
            self.opened.append(tag)

    def handle_endtag(self, tag):
        if self.opened and tag in (self.opened[-1], "div"):
            self.opened.pop()

    def handle_data(self, data):
        match self.opened and self.opened[-1]:
            case "td" | "th":
                self.tables[-1][-1][-1] += data
            case "note":
                self.notes[-1] += data
            case "h1" | "h2":
                self.heads[-1] += data
            case "summary":
                self.summaries[-1] += data


def official(groups, name="official", lang="en"):
    """A benchmark of judged paths of the official one's shape and size."""
    levels = tuple(Level(f"step {n}", Constraint("path")) for n in range(1, 6))
    made = [
        Group(str(n), category, lang, "base", levels)
        for category in CATEGORIES
        for n in range(groups)
    ]
    return Benchmark(name, lang, tuple(made))


def judged(benchmark, model, luck, *, unread=0, mode="fixed"):
    """A run whose every verdict is YES with probability ``luck``; the first ones are unread."""
    rng = random.Random(model)
    keys = {item.key: item.judged for item in benchmark.items}
    words = {
        key: str(["YES" if rng.random() < luck else "NO" for _ in range(n)])
        for key, n in keys.items()
    }
    words |= dict.fromkeys(list(keys)[:unread], "who knows")
    answers = Answers(dict.fromkeys(keys, "An answer."), author=model)
    templates = {"judge/en/style": "0123456789ab"}
    return evaluate(benchmark, answers, Answers(words, author="judge", templates=templates), mode)


def checked(model, upto):
    texts = {
        item.key: group.reference if item.level <= upto else "…"
        for group in MINI.groups
        for item in group.items()
    }
    return evaluate(MINI, Answers(texts, author=model), None, "fixed")


def cells(block):
    """What a row of a table of scores shows for a block of the summary."""
    shown = []
    for value, (low, high) in zip(block["hsr"], block["intervals"]["hsr"], strict=True):
        shown.append(f"{value:.1f} {low:.1f}–{high:.1f}")
    shown += [f"{sum(block[name]) / 5:.1f}" for name in ("hsr", "ssr")]
    low, high = block["intervals"]["csl"]
    return [*shown, f"{block['csl']:.2f} {low:.2f}–{high:.2f}"]


SMALL = official(4)
GOOD, POOR = judged(SMALL, "good", 0.9), judged(SMALL, "poor", 0.6)


def test_one_run():
    page = Tables(render([GOOD]))
    assert page.heads == ["FollowBench", "Scores", "Figures", "Categories", "Items", "Provenance"]
    headline, coverage, details = page.tables
    heads = ["HSR L1", "HSR L2", "HSR L3", "HSR L4", "HSR L5", "HSR", "SSR", "CSL"]
    assert headline == [["model", *heads], ["good", *cells(GOOD.summary["average"])]]
    assert details == [
        ["category", "groups", *heads],
        *([name, "4", *cells(GOOD.summary["categories"][name])] for name in CATEGORIES),
        ["average", "24", *cells(GOOD.summary["average"])],
    ]
    assert coverage[1] == ["good", "120", "120", "120", "0", "0", "120", "360 of 360"]
    assert page.summaries == ["Coverage: all items scored"]
    assert page.notes == []


def test_runs_stand_side_by_side_the_best_first():
    page = Tables(render([POOR, GOOD]))
    headline, coverage, grid, poor, good = page.tables
    assert headline[1:] == [
        ["good", *cells(GOOD.summary["average"])],
        ["poor", *cells(POOR.summary["average"])],
    ]
    assert [row[0] for row in coverage[1:]] == ["poor", "good"]
    assert grid[0] == ["model", *CATEGORIES]
    for row, result in zip(grid[1:], (GOOD, POOR), strict=True):
        blocks = result.summary["categories"]
        assert row[1:] == [f"{sum(blocks[name]['hsr']) / 5:.1f}" for name in CATEGORIES]
    assert poor[1][2:] == cells(POOR.summary["categories"]["content"])
    assert good[1][2:] == cells(GOOD.summary["categories"]["content"])


def test_the_paper_is_a_reference_for_the_whole_english_benchmark_only():
    whole = official(28)
    short = Benchmark("official", "en", whole.groups[:164])  # 820 items
    page = Tables(render([judged(short, "mine", 0.9)]))
    assert "Beside the paper's 13 models" in page.summaries
    [_, _, beside, _] = page.tables
    assert len(beside) == 15
    published = {model.model: model for model in PUBLISHED}
    means = [float(row[6]) for row in beside[1:]]
    assert means == sorted(means, reverse=True)
    for row in beside[1:]:
        if row[0] != "mine":
            model = published.pop(row[0])
            assert [float(cell) for cell in row[1:6]] == list(model.hsr)
            assert (float(row[7]), float(row[8])) == (model.ssr, model.csl)
    assert not published
    for other in (judged(whole, "mine", 0.9), judged(SMALL, "mine", 0.9), checked("mine", 3)):
        assert "the paper's 13 models" not in render([other])
    chinese = official(28, lang="zh")
    chinese = Benchmark("official", "zh", chinese.groups[:164])
    assert "the paper's 13 models" not in render([judged(chinese, "mine", 0.9)])


def test_what_could_not_be_scored_is_said_and_counted():
    page = Tables(render([judged(SMALL, "m", 0.8, unread=7)]))
    assert page.tables[1][1] == ["m", "120", "120", "113", "7", "0", "113", "342 of 360"]
    assert page.summaries[0] == "Coverage: not all items scored"
    [note] = page.notes
    assert note.startswith("Not everything could be scored. Items without an answer or without")
    [note] = Tables(render([judged(SMALL, "m", 0.8, unread=7, mode="released")])).notes
    assert "count as -1 in mode released" in note


def test_without_a_judge_the_page_says_so():
    page = Tables(render([checked("demo", 3)]))
    assert page.notes[0] == (
        "Without a judge only the constraints that a program can check are scored."
    )
    assert "do not compare with the paper's" in page.notes[1]
    assert page.tables[1][1][3] == "–"
    assert "<dd>none: checks only</dd>" in render([checked("demo", 3)])


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        (judged(official(5), "m", 0.9), "on different data"),
        (judged(SMALL, "m", 0.9, mode="released"), "scored by different rules"),
    ],
)
def test_runs_that_do_not_compare_are_flagged(other, problem):
    assert any(problem in note for note in Tables(render([GOOD, other])).notes)
    assert not Tables(render([GOOD, POOR])).notes


def test_provenance():
    html = render([GOOD])
    for name, value in {
        "model": "good",
        "judge": "judge",
        "checks": "fixed",
        "data": f"official, en, fingerprint {SMALL.fingerprint}",
        "judge templates": "judge/en/style: 0123456789ab",
    }.items():
        assert f"<dt>{name}</dt><dd>{value}</dd>" in html


def test_thirteen_models_with_long_and_hostile_names():
    results = [
        judged(SMALL, f"vendor/<i>{n}</i>-" + "long-" * 30 + f"$x_{n}$", 0.5 + n / 30)
        for n in range(13)
    ]
    html = render(results)
    page = Tables(html)
    assert [len(row) for row in page.tables[0]] == [9] * 14
    assert "<i>" not in html
    assert all(len(row[0]) <= 34 for table in page.tables[:3] for row in table)
    assert [row[0][-5:] for row in page.tables[0][1:3]] == ["x_12$", "x_11$"]
    assert html.count('aria-pressed="false" data-run="') == 13
    assert "radar-run" not in html


def test_the_page_is_the_same_for_the_same_runs_and_after_saving(tmp_path):
    html = render([GOOD, POOR])
    assert render([GOOD, POOR]) == html
    for name, result in (("good", GOOD), ("poor", POOR)):
        save(result, tmp_path / name)
    assert render([load(tmp_path / "good"), load(tmp_path / "poor")]) == html


def test_the_page_loads_nothing():
    html = render([GOOD, POOR])
    assert "default-src 'none'" in html
    assert not [mark for mark in ("<link", "<img", "src=", "@import", "url(http") if mark in html]
