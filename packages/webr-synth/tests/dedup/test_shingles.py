"""What texts are compared by."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webr_synth.dedup.shingles import id_shingles, word_shingles


def sets(shingles):
    """A Python set for each text."""
    return [
        set(shingles.values[first : first + count].tolist())
        for first, count in zip(shingles.first, shingles.counts, strict=True)
    ]


def test_runs_of_words():
    one, other = sets(word_shingles(["a b c d e f g", "A, b, c, d, e, x, g"], 5))
    assert len(one) == len(other) == 3
    assert len(one & other) == 1


def test_a_short_text_is_one_shingle():
    short, same, longer, empty, empty_too, marks = sets(
        word_shingles(["Say hello.", "say HELLO", "say hello to all of them", "", " \n", "???"], 5)
    )
    assert short == same
    assert len(short) == 1
    assert not short & longer
    assert empty == empty_too != marks


@pytest.mark.parametrize("words", [1, 2, 5])
def test_order_counts_within_a_shingle(words):
    one, other = sets(word_shingles(["a b c d e f", "f e d c b a"], words))
    assert (one == other) is (words == 1)


@given(st.lists(st.text("ab ", max_size=24), min_size=1, max_size=6), st.integers(1, 5))
def test_like_sets_of_strings(texts, words):
    found = sets(word_shingles(texts, words))
    expected = []
    for text in texts:
        parts = re.findall("[ab]+", text)
        runs = {tuple(parts[at : at + words]) for at in range(len(parts) - words + 1)}
        expected.append(runs or {tuple(parts) or " ".join(text.split())})
    for one, left in zip(found, expected, strict=True):
        assert len(one) == len(left)
        for other, right in zip(found, expected, strict=True):
            assert len(one & other) == len(left & right)


def test_token_ids_are_sets_without_order():
    one, other, none = sets(id_shingles([[5, 7, 7, 9], [9, 5], []]))
    assert len(one) == 3
    assert other < one
    assert len(none) == 1
    assert not none & one
