"""Which tokens differ: invariants over any pair, and both algorithms on known ones."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from bmc_dpo import token_diff_masks
from truing_core.errors import UsageError

tokens = st.lists(st.integers(0, 5), max_size=40)


def kept(ids, mask):
    return [token for token, marked in zip(ids, mask, strict=True) if not marked]


@given(tokens, tokens, st.sampled_from(["levenshtein", "difflib"]))
def test_what_is_not_marked_is_the_same_on_both_sides(rejected, chosen, algorithm):
    masks = token_diff_masks(rejected, chosen, algorithm=algorithm)
    assert [len(mask) for mask in masks] == [len(rejected), len(chosen)]
    assert {value for mask in masks for value in mask} <= {0, 1}
    assert kept(rejected, masks[0]) == kept(chosen, masks[1])


@given(tokens, tokens)
def test_levenshtein_marks_as_few_as_the_distance_needs(rejected, chosen):
    masks = token_diff_masks(rejected, chosen)
    distance = Levenshtein.distance(rejected, chosen)
    assert max(map(sum, masks)) <= distance <= sum(map(sum, masks))


@given(tokens)
def test_equal_sides_differ_nowhere(ids):
    assert token_diff_masks(ids, ids) == ([0] * len(ids), [0] * len(ids))


@given(tokens, tokens)
def test_an_empty_side_makes_the_other_new(ids, other):
    assert token_diff_masks([], ids) == ([], [1] * len(ids))
    assert token_diff_masks(ids, []) == ([1] * len(ids), [])
    assert token_diff_masks(other, ids, ignore_ids=range(6)) == ([0] * len(other), [0] * len(ids))


def test_replaced_inserted_and_deleted_tokens():
    rejected = [1, 2, 3, 4, 5, 6]
    assert token_diff_masks(rejected, [1, 9, 3, 4, 5, 6]) == (
        [0, 1, 0, 0, 0, 0],
        [0, 1, 0, 0, 0, 0],
    )
    assert token_diff_masks(rejected, [1, 2, 3, 8, 8, 4, 5, 6]) == (
        [0] * 6,
        [0, 0, 0, 1, 1, 0, 0, 0],
    )
    assert token_diff_masks(rejected, [1, 2, 6]) == ([0, 0, 1, 1, 1, 0], [0, 0, 0])
    assert token_diff_masks([2, 7, 3], [2, 8, 3], ignore_ids={8}) == ([0, 1, 0], [0, 0, 0])


def test_repeats_at_the_ends_are_counted_once():
    assert token_diff_masks([5, 5, 5], [5, 5]) == ([0, 0, 1], [0, 0])
    assert token_diff_masks([5, 5], [5, 5, 5, 5]) == ([0, 0], [0, 0, 1, 1])


def test_difflib_keeps_its_autojunk():
    # Beyond 200 tokens, one that makes up over a hundredth of them anchors nothing.
    chosen = [7] * 5 + list(range(100, 295))
    rejected = [1, 7, 2]
    by_hand = [0, 0, 0]
    for tag, i1, i2, _, _ in difflib.SequenceMatcher(None, rejected, chosen).get_opcodes():
        if tag != "equal":
            by_hand[i1:i2] = [1] * (i2 - i1)
    assert by_hand == [1, 1, 1]
    assert token_diff_masks(rejected, chosen, algorithm="difflib")[0] == by_hand
    assert token_diff_masks(rejected, chosen)[0] == [1, 0, 1]


def test_an_unknown_algorithm_is_refused():
    with pytest.raises(UsageError, match="'myers'; expected levenshtein or difflib"):
        token_diff_masks([1], [2], algorithm="myers")
