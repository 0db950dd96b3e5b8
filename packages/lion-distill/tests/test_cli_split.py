"""``lion-distill split`` on a file and on a run."""

from __future__ import annotations

import json

import pytest

from lion_distill.cli_split import split_command
from lion_distill.rows import Review, Verdict
from lion_distill.workspace import Iteration, load, save
from truing_core.cli import make_app
from truing_core.records import write_rows
from truing_core.run import Run

ROWS = [
    {"id": "a", "teacher": [9, 8], "student": [6, 7]},
    {"id": "b", "teacher": [9, 6.5], "student": [7, 8]},
    {"id": "c", "teacher": [8, 8], "student": [7.1, 7.1]},
    {"id": "d", "teacher": [9, None], "student": [4, None], "reason": "unread"},
]


@pytest.fixture
def command(command_line):
    app = make_app("lion-distill", "For tests.", "0")
    app.command("split")(split_command)
    return command_line(app, "lion-distill", "split")


@pytest.fixture
def run_dir(tmp_path):
    """A run with reviews in two iterations, and a threshold of 2."""
    folder = tmp_path / "run"
    with Run.open(folder, tool="lion-distill", version="0", config={"threshold": 2.0}):
        pass
    save(Iteration(folder, 0).reviews, [Review.model_validate(ROWS[3])])
    save(Iteration(folder, 1).reviews, [Review.model_validate(row) for row in ROWS])
    return folder


def stages(folder):
    return json.loads((folder / "run.json").read_text())["stages"]


def test_json(command, tmp_path):
    write_rows(tmp_path / "r.jsonl", ROWS)
    ended = command("--reviews", "r.jsonl", "--json")
    assert (ended.code, ended.err) == (
        0, "warning: 1 of 4 instructions are undecided (1 unread)\n"
    )  # fmt: skip
    found = ended.json
    assert found["threshold"] == 1.0
    assert (found["hard"], found["easy"], found["undecided"]) == (["a"], ["b", "c"], ["d"])
    assert found["n"] == {"hard": 1, "easy": 2, "undecided": 1, "all": 4}
    assert found["hard_share"] == pytest.approx(1 / 3)
    assert found["agreement"] == pytest.approx(2 / 3)
    assert found["position_bias"]["mean"] == pytest.approx((1 + 1.75 + 0) / 3)
    assert found["gap"]["mean"] == pytest.approx((2 + 0.25 + 0.9) / 3)
    assert command("--reviews", "r.jsonl", "--threshold", "0.9", "--json").json["hard"] == [
        "a",
        "c",
    ]
    assert command("--reviews", "r.jsonl", "--threshold", "-3", "-q", "--json").json["easy"] == []


def test_a_table_and_a_file(command, tmp_path):
    write_rows(tmp_path / "r.jsonl", ROWS)
    code, out, err = command("--reviews", "r.jsonl", "-o", "split.jsonl")
    assert code == 0
    assert out.splitlines() == [
        "threshold     1",
        "hard          1 33.3% (6.1% to 79.2%)",
        "easy          2",
        "undecided     1 (1 unread)",
        "mean scores   teacher 8.08, student 7.03, gap 1.05",
        "orders agree  66.7% (20.8% to 93.9%)",
        "first place   +0.92 (-0.08 to +1.91)",
        "same score    0.0% of replies",
        "gaps",
        "   0 to  1         2 ########################################",
        "   1 to  2         0",
        "   2 to  3         1 ####################",
    ]
    assert err.endswith("4 verdicts in split.jsonl\n")
    verdicts = load(tmp_path / "split.jsonl", Verdict)
    assert [(each.id, each.kind, each.gap) for each in verdicts] == [
        ("a", "hard", 2.0), ("b", "easy", 0.25), ("c", "easy", 0.9), ("d", "undecided", None)
    ]  # fmt: skip


def test_nothing_decided_is_shown(command, tmp_path):
    write_rows(tmp_path / "r.jsonl", [ROWS[3]])
    code, out, err = command("--reviews", "r.jsonl")
    assert (code, out.splitlines()[1:]) == (
        0, ["hard          0", "easy          0", "undecided     1 (1 unread)"]
    )  # fmt: skip
    assert err == "warning: none of 1 reviews has all its scores (1 unread)\n"


def test_of_a_run_it_is_the_stage(command, run_dir):
    ended = command("--run-dir", run_dir, "--json")
    assert ended.json["threshold"] == 2.0
    assert ended.json["hard"] == ["a"]
    assert ended.err.count("warning") == 1
    facts = stages(run_dir)["iteration-1/split"]
    assert (facts["threshold"], facts["n"]["hard"]) == (2.0, 1)
    assert [each.kind for each in load(Iteration(run_dir, 1).split, Verdict)] == [
        "hard", "easy", "easy", "undecided"
    ]  # fmt: skip
    assert json.loads((run_dir / "run.json").read_text())["config"] == {"threshold": 2.0}
    assert command("--run-dir", run_dir, "--iteration", "0", "--json").json["undecided"] == ["d"]
    assert set(stages(run_dir)) == {"iteration-0/split", "iteration-1/split"}


def test_another_threshold_leaves_the_run_as_it_is(command, run_dir):
    assert command("--run-dir", run_dir, "--threshold", "2.5", "--json").json["hard"] == []
    assert stages(run_dir) == {}
    assert not Iteration(run_dir, 1).split.exists()


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([{"id": "a", "teacher": [9, 9]}], "row 1, field 'student'"),
        ([{"id": "a", "teacher": [9], "student": [8, 8]}], "row 1, field 'teacher'"),
        ([ROWS[0], {"id": "b", "teacher": [-1, 9], "student": [8, 8]}], "row 2, field 'teacher.0'"),
        ([ROWS[0], ROWS[0]], "row 2, field 'id': 'a' stands here a second time"),
        ([], "the file is empty"),
    ],
)
def test_bad_reviews(command, tmp_path, rows, problem):
    write_rows(tmp_path / "r.jsonl", rows)
    code, out, err = command("--reviews", "r.jsonl")
    assert (code, out) == (1, "")
    assert err.startswith("error: r.jsonl")
    assert problem in err
    assert err.count("\n") == 1


def test_misuse(command, tmp_path, run_dir):
    code, _, err = command()
    assert (code, "give --reviews FILE or --run-dir DIR" in err) == (2, True)
    write_rows(tmp_path / "r.jsonl", ROWS)
    code, _, err = command("--reviews", "r.jsonl", "--threshold", "nan")
    assert (code, "'--threshold': 'nan' is no finite number" in err) == (2, True)
    code, _, err = command("--run-dir", run_dir, "--iteration", "7")
    assert (code, "run 'lion-distill referee --iteration 7' first" in err) == (1, True)
    assert not (run_dir / "iteration-7").exists()
    code, _, err = command("--run-dir", tmp_path)
    assert (code, "holds no run.json" in err) == (1, True)


def test_reviews_are_not_written_over(command, tmp_path):
    write_rows(tmp_path / "r.jsonl", ROWS)
    before = (tmp_path / "r.jsonl").read_bytes()
    code, out, err = command("--reviews", "r.jsonl", "-o", "../" + tmp_path.name + "/r.jsonl")
    assert (code, out) == (2, "")
    assert "is an input; name another place to write" in err
    assert (tmp_path / "r.jsonl").read_bytes() == before
