"""Ancestors and descendants."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lion_distill.reporting.lineage import Family
from lion_distill.rows import Instruction


def made(id, parent=None):
    kind = "hard" if parent else "seed"
    return Instruction(id=id, instruction=f"Do {id}.", kind=kind, parent=parent)


def test_from_a_seed_down():
    family = Family([made("a"), made("b", "a"), made("c", "b"), made("d", "b"), made("e", "gone")])
    assert [each.id for each in family.ancestry("c")] == ["a", "b", "c"]
    assert [each.id for each in family.children("b")] == ["c", "d"]
    assert [each.id for each in family.ancestry("e")] == ["e"]
    assert family.ancestry("unknown") == family.children("c") == []
    assert len(family) == 5
    assert family.get("d").parent == "b"
    assert family.get("unknown") is None


def test_of_a_run(invented_run):
    family = Family.of(invented_run)
    assert len(family) == 120 + 80 + 80
    line = family.ancestry("g1-001")
    assert line[0].kind == "seed"
    assert line[-1].id == "g1-001"
    assert all(child.parent == parent.id for parent, child in pairwise(line))


@given(st.lists(st.integers(0, 9), min_size=10, max_size=10))
def test_any_parents_end_somewhere(parents):
    family = Family(made(str(n), str(parent)) for n, parent in enumerate(parents))
    for n in range(10):
        line = family.ancestry(str(n))
        assert line[-1].id == str(n)
        assert len({each.id for each in line}) == len(line) <= 10
