"""Memories of an evaluation: real ones, apart from each other, embedded once."""

from __future__ import annotations

import pytest

from lte_edit.edits import Edit
from lte_edit.evaluation.memories import Memories, RememberingEncoder


@pytest.fixture
def memories(make_encoder):
    with Memories(make_encoder()) as opened:
        yield opened


def found(memories, question, namespace, k=3, threshold=None):
    [hits] = memories.search([question], k, namespace=namespace, threshold=threshold)
    return [hit.edit.target for hit in hits]


def test_sets_of_edits_are_apart(memories, cases):
    one = memories.namespace(cases[0].edits)
    all_of_them = memories.namespace([edit for case in cases for edit in case.edits])
    assert found(memories, "Where does the river go?", one) == ["To the sea."]
    assert len(found(memories, "Where does the river go?", all_of_them)) == 3
    assert found(memories, "Where does the river go?", all_of_them, threshold=0.99) == []
    assert memories.namespace(cases[0].edits) == one


def test_one_id_twice_and_a_fact_that_changes_again(memories):
    first = Edit(id="same", prompt="Who leads Acme?", target="Ada", subject="Acme")
    second = Edit(id="same", prompt="Who leads Acme?", target="Bo", subject="Acme")
    for one_by_one in (False, True):
        namespace = memories.namespace([first, second], one_by_one=one_by_one)
        assert found(memories, "Who leads Acme?", namespace) == ["Bo"]


def test_no_text_is_embedded_twice(make_encoder):
    inner = make_encoder()
    encoder = RememberingEncoder(inner)
    first = encoder.encode(["a river", "a hill", "a river"])
    assert inner.asked == 2
    assert (encoder.encode(["a hill", "a river"]) == first[1::-1]).all()
    assert inner.asked == 2
    assert encoder.encode([]).shape == (0, inner.dimension)
