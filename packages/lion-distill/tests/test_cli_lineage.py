"""``lion-distill lineage`` on the files of a run."""

from __future__ import annotations

import json

import pytest

from lion_distill.cli_lineage import lineage_command
from lion_distill.rows import Instruction, Verdict
from lion_distill.workspace import Iteration, save, seeds_file
from truing_core.cli import make_app


@pytest.fixture
def call(command_line):
    app = make_app("lion-distill", "Test.", "0")
    app.command("lineage")(lineage_command)
    return command_line(app, "lion-distill", "lineage")


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "run"
    seed = Instruction(id="seed1", instruction="Sort the words.", input="pear, fig")
    save(seeds_file(folder), [seed])
    made = [
        Instruction(
            id=f"c{number:02}", instruction=f"Sort {number} " + "long " * 30, parent="seed1",
            iteration=1, kind="hard", similarity=0.414, nearest="seed1",
        )
        for number in range(25)
    ]  # fmt: skip
    save(Iteration(folder, 0).generated, made)
    save(Iteration(folder, 0).split, [Verdict(id="seed1", kind="hard", gap=2.0)])
    return folder


def test_a_tree_for_people(call, run):
    done = call("c03", "--run-dir", str(run))
    assert done.code == 0
    assert done.out.splitlines() == [
        "seed1  seed; gap +2.0 in 0",
        "  Sort the words.",
        "  > pear, fig",
        "  c03 *  iteration 1, from hard; similarity 0.41 to seed1",
        "    Sort 3 " + ("long " * 30)[:90] + "...",
    ]


def test_children_stand_below_and_are_not_too_many(call, run):
    lines = call("seed", "--run-dir", str(run)).out.splitlines()
    assert lines[0] == "seed1 *  seed; gap +2.0 in 0"
    assert lines[3].startswith("  c00  iteration 1, from hard")
    assert lines[-1] == "  ... and 5 more"
    assert len(lines) == 3 + 2 * 20 + 1


def test_json_holds_whole_rows(call, run):
    found = json.loads(call("c03", "--run-dir", str(run), "--json").out)
    assert found["id"] == "c03"
    assert [each["id"] for each in found["ancestry"]] == ["seed1", "c03"]
    assert found["ancestry"][0]["gaps"] == [{"iteration": 0, "gap": 2.0}]
    assert found["ancestry"][1]["similarity"] == 0.414
    assert found["children"] == []
    assert len(json.loads(call("seed1", "--run-dir", str(run), "--json").out)["children"]) == 25


def test_an_unknown_id_is_misuse(call, run):
    done = call("c9", "--run-dir", str(run))
    assert done.code == 2
    assert "none of 26 instructions has an id that begins with 'c9'" in done.err
    assert done.out == ""


def test_an_instruction_cannot_steer_the_terminal(call, run):
    rows = [Instruction(id="seed1", instruction="Sort\x1b[2J.", input="\x9b31m")]
    save(seeds_file(run), rows)
    lines = call("seed1", "--run-dir", str(run)).out.splitlines()
    assert lines[1:3] == ["  Sort␛[2J.", "  > \ufffd31m"]
