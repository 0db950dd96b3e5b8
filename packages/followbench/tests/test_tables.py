"""The lines under a table, and the order of the leaderboard."""

from __future__ import annotations

import pytest

from followbench.leaderboard import PUBLISHED, Published
from followbench.results import Result
from followbench.tables import footer, leaderboard_rows, mean, print_comparison, print_leaderboard

COVERAGE = {
    "items": 10, "scored": 8, "judged": 5, "unparsed": 2, "missing": 0, "constraints": 30,
    "constraints_decided": 21, "failed": 0, "unknown_rows": 0,
}  # fmt: skip


def summary(**changes):
    coverage = {name: changes.pop(name, value) for name, value in COVERAGE.items()}
    return {"checks": "fixed", "constraints": "all", "coverage": coverage, **changes}


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "checks: fixed; 8 of 10 items scored; judge: 5 read, 2 unreadable, 0 missing"),
        (
            {"constraints": "checks-only", "checks": "released"},
            "checks: released; 8 of 10 items scored without a judge, on 21 of 30 constraints",
        ),
        (
            {"failed": 1, "unknown_rows": 3},
            "checks: fixed; 8 of 10 items scored; judge: 5 read, 2 unreadable, 0 missing; "
            "1 request failed (run again to retry); 3 rows of items that were not chosen",
        ),
    ],
)
def test_footer(changes, line):
    value = changes.pop("constraints", None)
    told = summary(**changes)
    if value:
        told["constraints"] = value
    assert footer(told) == line


def test_means_are_of_what_is_there():
    assert mean([1.0, None, 4.0]) == 2.5
    assert mean([None, None]) is None


def run(model, *hsr):
    average = {"hsr": list(hsr), "ssr": list(hsr), "csl": None}
    data = {"name": "garden.jsonl"}
    return Result(
        {"model": model, "data": data, "checks": "fixed", "constraints": "all", "average": average},
        [],
    )


def test_the_best_mean_comes_first_and_the_unscored_last():
    paper = Published("paper", (50.0, 50.0, 50.0, 50.0, 50.0), 60.0, 2.0)
    runs = [run("none", *[None] * 5), run("zero", *[0.0] * 5), run("best", 90.0, None, 80.0)]
    rows = leaderboard_rows(runs, [paper])
    assert [row["model"] for row in rows] == ["best", "paper", "zero", "none"]
    assert [row["hsr_mean"] for row in rows] == [85, 50, 0, None]
    assert rows[0]["source"] == "garden.jsonl, checks fixed"
    assert rows[1]["source"] == "paper"


def test_names_in_square_brackets_are_no_markup(capsys):
    print_leaderboard([run("openai/[bold]x[/bold]", *[1.0] * 5)], PUBLISHED[:1])
    out = capsys.readouterr().out
    assert "openai/[bold]x[/bold]" in out
    assert "GPT-4-1106-preview" in out


def test_no_name_steers_the_terminal(capsys):
    print_leaderboard([run("openai/x\x1b]0;owned\x07", *[1.0] * 5)], PUBLISHED[:1])
    assert "openai/x␛]0;owned␇" in capsys.readouterr().out
    row = {"first": 1.0, "second": 2.0, "difference": 1.0, "interval": None, "p": None}
    block = {"hsr": row}
    tested = {"items": 5, "groups": 1, "categories": {"st\x9byle": block}, "average": block}
    print_comparison(("one\x1b[2J", "two"), tested)
    out = capsys.readouterr().out
    assert "A: one␛[2J" in out
    assert "st\ufffdyle" in out


def test_a_metric_that_neither_has_is_left_out(capsys):
    row = {"first": 1.0, "second": 2.0, "difference": 1.0, "interval": [0.5, 1.5], "p": 0.04}
    block = {"hsr": row, "ssr": row, "csl": None}
    tested = {"items": 5, "groups": 1, "categories": {"style": block}, "average": block}
    print_comparison(("one [a]", "two"), tested)
    out = capsys.readouterr().out
    assert "A: one [a]\nB: two\n" in out
    assert "style     HSR     1.00  2.00  +1.00  +0.50 to +1.50  0.040" in out
    assert "CSL" not in out
