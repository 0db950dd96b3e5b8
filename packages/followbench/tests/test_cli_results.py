"""``report``, ``compare`` and ``leaderboard`` on scored runs."""

from __future__ import annotations

import json
import re

import pytest


@pytest.fixture
def runs(command, garden, staff, tmp_path):
    """Two scored runs: ``good`` satisfies everything, ``usual`` does not."""
    good = staff(answers={f"[{g}] level {n}": "Tea." for g in ("c2", "s1") for n in range(1, 6)})
    usual = staff()
    for name, people in (("good", good), ("usual", usual)):
        args = ("-m", people.model, "--judge", people.judge, "--data", garden, "--run-dir", name)
        assert command("run", *args).code == 0
    return tmp_path / "usual", tmp_path / "good"


def test_compare(command, runs):
    result = command("compare", *runs, "--json")
    [compared] = result.json
    assert compared.keys() == {
        "first", "second", "groups", "items", "changed", "average", "categories",
    }  # fmt: skip
    assert (compared["groups"], compared["items"], compared["changed"]) == (4, 20, 0)
    hsr = compared["average"]["hsr"]
    assert hsr.keys() == {"first", "second", "difference", "interval", "p"}
    assert (hsr["first"], hsr["second"], hsr["difference"]) == (80, 100, 20)
    assert compared["average"]["csl"]["difference"] == 1.5
    content = compared["categories"]["content"]
    assert content["hsr"]["difference"] == 10
    assert content["ssr"]["difference"] == pytest.approx(2)
    low, high = hsr["interval"]
    assert 0 <= low < 20 < high
    assert 0 < hsr["p"] <= 1
    # The two are called alike, so each is told by its folder.
    assert compared["first"] == f"openai/model ({runs[0]})"
    assert compared["second"] == f"openai/model ({runs[1]})"


def test_compare_prints_a_table(command, runs):
    result = command("compare", *runs)
    assert (result.code, result.err) == (0, "")
    assert f"A: openai/model ({runs[0]})\nB: openai/model ({runs[1]})\n" in result.out
    assert "on 20 items of 4 groups scored in both\n" in result.out
    assert re.search(r"content +HSR +90\.00 +100\.00 +\+10\.00 +\S+ to \+20\.00 +\d", result.out)
    assert re.search(r"average +CSL +3\.50 +5\.00 +\+1\.50 ", result.out)


def test_compare_tells_of_judges_that_differ(command, runs):
    scores = runs[1] / "scores.json"
    summary = json.loads(scores.read_text())
    summary["judge"]["model"] = "openai/another"
    scores.write_text(json.dumps(summary))
    told = command("compare", *runs, "--json")
    assert "the judges differ (openai/another, " in told.err
    assert told.json[0]["items"] == 20


def test_compare_three_takes_the_first_as_base(command, runs):
    compared = command("compare", runs[0], runs[1], runs[0], "--json").json
    assert [one["average"]["hsr"]["difference"] for one in compared] == [20, 0]


def test_compare_refuses_different_rules_and_different_data(command, runs, tmp_path):
    first, second = runs
    rescored = ("score", "--run-dir", second, "--checks", "released", "-o", "released")
    assert command(*rescored).code == 0
    mixed = command("compare", first, "released")
    assert mixed.code == 2
    assert "scored by different rules (fixed, released)" in mixed.err
    scores = {"fingerprint": "f", "hard": 1.0, "soft": 1.0}
    rows = [{"category": "mixed", "example_id": "x", "level": n, **scores} for n in range(1, 6)]
    (tmp_path / "other").mkdir()
    (tmp_path / "other/items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "other/scores.json").write_bytes((first / "scores.json").read_bytes())
    foreign = command("compare", first, "other")
    assert foreign.code == 1
    assert "no scored item in common" in foreign.err


def test_compare_joins_by_what_was_asked_and_refuses_a_missing_judge(
    command, runs, write_garden, staff
):
    """Of the other data, only group s2 asks and checks the same."""
    people = staff()
    other = write_garden("other.jsonl", s2="style")
    changed = write_garden("changed.jsonl", c1="content", c2="content", s1="style")
    text = changed.read_text().replace("level ", "step ") + other.read_text()
    other.write_text(text)
    run = ("run", "-m", people.model, "--data", other, "--run-dir", "other")
    assert command(*run).code == 0
    refused = command("compare", runs[0], "other")
    assert (refused.code, refused.out) == (2, "")
    assert "one of the runs was scored with a judge and the other without" in refused.err
    assert command(*run, "--judge", people.judge).code == 0
    result = command("compare", runs[0], "other", "--json")
    [compared] = result.json
    assert (compared["items"], compared["groups"], compared["changed"]) == (5, 1, 15)
    assert compared["average"]["hsr"]["difference"] == 0
    assert result.err == (
        f"15 items of openai/model (other) left out: the data of openai/model ({runs[0]}) ask or "
        "check something else there\n"
    )


def test_report(command, runs, tmp_path):
    before = (runs[0] / "report.html").read_bytes()
    again = command("report", runs[0])
    assert (again.code, again.out) == (0, "")
    assert again.err == f"the page is in {runs[0] / 'report.html'}\n"
    assert (runs[0] / "report.html").read_bytes() == before
    told = command("report", runs[0], "--json")
    assert told.json["report"] == str(runs[0] / "report.html")
    assert [run["checks"] for run in told.json["runs"]] == ["fixed"]
    both = command("report", runs[0] / "scores.json", runs[1], "-o", "both.html")
    assert both.code == 0
    assert len((tmp_path / "both.html").read_bytes()) > len(before)


def test_leaderboard(command, runs):
    result = command("leaderboard", runs[0], runs[1])
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    mine = [line.split() for line in lines if "openai/model" in line]
    assert mine[0] == [
        "openai/model", *["100.0"] * 7, "5.00", "garden.jsonl,", "checks", "fixed",
    ]  # fmt: skip
    assert mine[1][:9] == [
        "openai/model", "75.0", "100.0", "100.0", "75.0", "50.0", "80.0", "91.8", "3.50",
    ]  # fmt: skip
    order = [lines.index(line) for line in lines if "openai/model" in line or "GPT-4-1106" in line]
    assert order == sorted(order)
    assert "GPT-4-1106-preview   84.7" in result.out
    [best, *_] = command("leaderboard", runs[1], "--json").json
    assert best == {
        "model": "openai/model",
        "hsr": [100] * 5,
        "hsr_mean": 100,
        "ssr_mean": 100,
        "csl": 5,
        "source": "garden.jsonl, checks fixed",
    }


def test_leaderboard_warns_of_mini_and_shows_what_is_missing(command, staff):
    people = staff()
    args = ("-m", people.model, "--categories", "style", "--limit", 1, "--run-dir", "r")
    assert command("run", *args).code == 0
    result = command("leaderboard", "r")
    assert "mini is another and easier benchmark" in result.err
    assert "mini, checks fixed, no judge" in result.out
    assert command("leaderboard", "r", "-q").err == ""
