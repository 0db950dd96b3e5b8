"""Metrics of one answer, against values by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lte_edit.evaluation.metrics import (
    agreement,
    contains_answer,
    exact_match,
    fluency,
    plain,
    token_accuracy,
)


def test_token_accuracy_and_agreement():
    assert token_accuracy([1, 2, 3, 4], [1, 9, 3, 9]) == 0.5
    assert token_accuracy([], []) == 0
    assert agreement([1, 2, 3, 4], [1, 2, 3, 9]) == 0.75
    assert agreement([], []) == 1
    with pytest.raises(ValueError, match="zip"):
        token_accuracy([1], [1, 2])


def test_fluency_by_hand():
    # "a b a b a": bigrams ab 2, ba 2; trigrams aba 2, bab 1.
    bits = 1.0
    third = -(2 / 3) * math.log2(2 / 3) - (1 / 3) * math.log2(1 / 3)
    assert fluency("a b a b a") == pytest.approx((2 / 3 * bits + 4 / 3 * third) / 2)
    assert fluency("la la la la la la") == 0
    assert fluency("") == fluency("one") == 0
    # Eight different words: seven bigrams, six trigrams, each once.
    varied = (2 / 3 * math.log2(7) + 4 / 3 * math.log2(6)) / 2
    assert fluency("it was a day of rain, then") == pytest.approx(varied)


@given(st.lists(st.sampled_from("abcd"), max_size=40))
def test_repeating_never_makes_more_fluent_than_all_different(words):
    different = " ".join(f"w{number}" for number in range(len(words)))
    assert 0 <= fluency(" ".join(words)) <= fluency(different) + 1e-9


@pytest.mark.parametrize(
    ("text", "answers", "exact", "contained"),
    [
        ("The Café.", ["cafe"], True, True),
        ("It is in New York City", ["NYC", "New York"], False, True),
        ("Newark", ["New"], False, False),
        ("", ["a"], False, False),
        ("the", ["The"], True, True),
        ("東京", ["東京"], True, True),
    ],
)
def test_matching(text, answers, exact, contained):
    assert exact_match(text, answers) is exact
    assert contains_answer(text, answers) is contained


@given(st.text())
def test_plain_is_stable(text):
    assert plain(plain(text)) == plain(text)
