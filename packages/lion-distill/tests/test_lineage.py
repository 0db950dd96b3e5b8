"""Ancestors and children, from the files of a run."""

from __future__ import annotations

import pytest

from lion_distill.lineage import Lineage, ancestry, children
from lion_distill.rows import Instruction, Verdict
from lion_distill.workspace import Iteration, save, seeds_file
from truing_core.errors import InputError, UsageError


def made(id, parent, iteration, kind="hard"):
    return Instruction(
        id=id, instruction=f"Task {id}", parent=parent, iteration=iteration, kind=kind,
        similarity=0.25, nearest=parent,
    )  # fmt: skip


@pytest.fixture
def run(tmp_path):
    save(seeds_file(tmp_path), [Instruction(id=id, instruction=id) for id in ("s1", "s2")])
    first, second = Iteration(tmp_path, 0), Iteration(tmp_path, 1)
    save(first.generated, [made("aa1", "s1", 1), made("ab2", "s1", 1, "easy")])
    save(second.generated, [made("ba3", "aa1", 2), made("bb4", "s2", 2)])
    save(first.split, [Verdict(id="s1", kind="hard", gap=2.5), Verdict(id="s2", kind="undecided")])
    save(second.split, [Verdict(id="s1", kind="easy", gap=0.5)])
    return tmp_path


def ids(rows):
    return [each.id for each in rows]


def test_ancestry_goes_from_the_seed_down(run):
    assert ids(ancestry(run, "ba3")) == ["s1", "aa1", "ba3"]
    assert ids(ancestry(run, "s2")) == ["s2"]


def test_children_are_in_order(run):
    assert ids(children(run, "s1")) == ["aa1", "ab2"]
    assert ids(children(run, "ba3")) == []


def test_a_beginning_is_enough_if_it_is_the_only_one(run):
    assert ids(ancestry(run, "ba")) == ["s1", "aa1", "ba3"]
    with pytest.raises(UsageError, match="'a' may be aa1, ab2; give more of it"):
        ancestry(run, "a")


def test_an_unknown_id_is_told_with_near_ones(run):
    with pytest.raises(
        UsageError, match=r"none of 6 instructions .* begins with 'aa9'; near it are aa1$"
    ):
        ancestry(run, "aa9")
    with pytest.raises(UsageError, match="near it are bb4"):
        children(run, "zbb4")
    with pytest.raises(UsageError, match=r"begins with ''$"):
        children(run, "")


def test_gaps_are_known_by_iteration(run):
    assert Lineage(run).gaps == {"s1": {0: 2.5, 1: 0.5}}


def test_a_run_that_has_only_begun_has_seeds(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("begun")
    save(seeds_file(folder), [Instruction(id="s", instruction="s")])
    assert ids(ancestry(folder, "s")) == ["s"]
    with pytest.raises(InputError, match=r"seeds\.jsonl: is not there yet; run 'lion-distill run'"):
        ancestry(folder / "nowhere", "s")


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([made("x", "gone", 1)], "parent of 'x', 'gone', is nowhere in the run"),
        ([made("x", "y", 1), made("y", "x", 1)], "parent of 'y', 'x', is its own ancestor"),
    ],
)
def test_damaged_files_are_told(run, rows, problem):
    save(Iteration(run, 2).generated, rows)
    with pytest.raises(InputError, match=problem):
        ancestry(run, "x")
