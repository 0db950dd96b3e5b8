"""Relative scores, wins and accuracies against numbers by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lion_distill.evaluation.scores import accuracy, relative
from lion_distill.rows import Review


def review(name, reference, student):
    return Review(id=name, teacher=list(reference), student=list(student))


REVIEWS = [
    review("a", (8, 10), (6, 5)),  # worse in both
    review("b", (8, 6), (7, 9)),  # better in the mean, not in both
    review("c", (5, 5), (5, 5)),  # equal
    review("d", (4, 3), (8, 9)),  # better in both
    review("e", (9, None), (9, 9)),
    review("f", (9, 9), (None, None)),
]
NAMES = {"a": "x", "b": "x", "c": "y", "d": "y", "e": "y", "f": "z"}


def test_relative_scores_by_hand():
    found = relative(REVIEWS, NAMES, seed=0)
    first, second = 100 * (6 + 7 + 5 + 8) / (8 + 8 + 5 + 4), 100 * (5 + 9 + 5 + 9) / 24
    assert found["by_order"] == pytest.approx([first, second])
    assert found["score"] == pytest.approx((first + second) / 2)
    assert (found["n"], found["undecided"]) == (4, 2)
    assert found["means"] == {"student": pytest.approx(54 / 8), "reference": pytest.approx(49 / 8)}
    low, high = found["interval"]
    assert low < found["score"] < high
    x = found["categories"]["x"]
    assert x["n"] == 2
    assert x["score"] == pytest.approx((100 * 13 / 16 + 100 * 14 / 16) / 2)
    assert set(found["categories"]) == {"x", "y"}


def test_wins_by_the_mean_and_in_both_orders():
    found = relative(REVIEWS, NAMES, seed=0)
    mean, strict = found["wins"], found["wins_strict"]
    assert (mean["win"], mean["tie"], mean["lose"]) == (2, 1, 1)
    assert (strict["win"], strict["tie"], strict["lose"]) == (1, 2, 1)
    assert (mean["win_rate"], strict["win_rate"]) == (50.0, 25.0)
    # Wilson by hand for 2 of 4.
    assert mean["interval"] == pytest.approx([15.004, 84.996], abs=0.001)
    assert found["agreement"] == 75.0
    # Gaps by order: 2 and 5, 1 and -3, 0 and 0, -4 and -6.
    assert found["position_bias"]["mean"] == pytest.approx(
        ((2 - 5) + (1 + 3) + 0 + (-4 + 6)) / 2 / 4
    )


def test_without_a_decided_review_there_is_no_score():
    found = relative(REVIEWS[4:], NAMES, seed=0)
    assert (found["score"], found["interval"], found["undecided"]) == (None, None, 2)
    assert found["wins"]["win_rate"] is None
    assert found["categories"] == {}


scores = st.tuples(st.integers(1, 10), st.integers(1, 10))


@given(st.lists(st.tuples(scores, scores), min_size=1, max_size=12))
def test_swapping_the_two_swaps_wins_and_losses(pairs):
    one = relative([review(str(n), a, b) for n, (a, b) in enumerate(pairs)], {}, seed=1)
    # The order in which the reference stood first is then the one in which the student did.
    swapped = [review(str(n), b[::-1], a[::-1]) for n, (a, b) in enumerate(pairs)]
    other = relative(swapped, {}, seed=1)
    for name in ("wins", "wins_strict"):
        assert (one[name]["win"], one[name]["tie"]) == (other[name]["lose"], other[name]["tie"])
        assert one[name]["win"] + one[name]["tie"] + one[name]["lose"] == len(pairs)
    assert one["position_bias"]["mean"] == pytest.approx(other["position_bias"]["mean"])
    assert one["agreement"] == other["agreement"]
    assert one["wins_strict"]["win"] <= one["wins"]["win"]


def test_the_same_answers_score_100():
    found = relative([review("a", (7, 8), (7, 8)), review("b", (3, 2), (3, 2))], {}, seed=0)
    assert found["score"] == pytest.approx(100)
    assert found["interval"] == pytest.approx([100, 100])


def test_accuracies_and_their_difference():
    right = {
        "student": {"a": True, "b": True, "c": True, "d": False, "e": False},
        "reference": {"a": True, "b": False, "c": False, "d": True},
    }
    found = accuracy(right, {"a": "x", "b": "x"})
    assert (found["student"]["n"], found["student"]["accuracy"]) == (5, 60.0)
    assert found["student"]["interval"] == pytest.approx([23.07, 88.24], abs=0.01)
    assert found["reference"]["accuracy"] == 50.0
    assert found["student"]["categories"]["x"]["accuracy"] == 100.0
    difference = found["difference"]
    assert (difference["n"], difference["points"], difference["p_value"]) == (4, 25.0, 1.0)
    low, high = difference["interval"]
    half = 100 * 1.959964 * (3 - 1 / 4) ** 0.5 / 4
    assert (low, high) == pytest.approx((25 - half, 25 + half), abs=1e-3)
    assert "difference" not in accuracy({"student": {"a": True}}, {})
    assert accuracy({"student": {}}, {})["student"]["accuracy"] is None
