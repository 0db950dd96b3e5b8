"""What is told of a referee."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lion_distill.discrimination import split, summarise
from lion_distill.discrimination.agreement import complete, position_bias, warnings_of
from lion_distill.rows import Review


def review(teacher, student, id="a", reason=None):
    return Review(id=id, teacher=teacher, student=student, reason=reason)


def summary(reviews, threshold=1.0):
    return summarise(split(reviews, threshold), reviews)


REVIEWS = [
    review([9, 8], [6, 7]),  # gaps 3 and 1: hard, agree
    review([9, 6], [7, 8]),  # 2 and -2: easy, disagree
    review([8, 8], [8, 8]),  # 0 and 0: easy, agree
    review([9, None], [4, None], reason="unread"),
    review([None, None], [None, None], reason="failed"),
]


def test_figures():
    found = summary(REVIEWS)
    assert found["n"] == {"hard": 1, "easy": 2, "undecided": 2, "all": 5}
    assert found["reasons"] == {"failed": 1, "unread": 1}
    assert found["hard_share"] == pytest.approx(1 / 3)
    assert found["agreement"] == pytest.approx(2 / 3)
    low, high = found["agreement_interval"]
    assert low == pytest.approx(0.2077, abs=1e-4)  # Wilson's, by the formula's closed form
    assert high == pytest.approx(0.9385, abs=1e-4)
    assert found["identical"] == pytest.approx(2 / 6)
    assert found["correlation"] == pytest.approx(np.corrcoef([3, 2, 0], [1, -2, 0])[0, 1])
    # Of the first place: (3 - 1) / 2, (2 + 2) / 2 and 0.
    bias = found["position_bias"]
    half = 1.959963984540054 * np.std([1, 2, 0], ddof=1) / math.sqrt(3)
    assert (bias["mean"], bias["n"]) == (1.0, 3)
    assert (bias["low"], bias["high"]) == (pytest.approx(1 - half), pytest.approx(1 + half))
    gap = found["gap"]
    assert (gap["mean"], gap["median"]) == (pytest.approx(2 / 3), 0.0)
    assert dict(zip(gap["edges"][:-1], gap["counts"], strict=True)) == {
        **dict.fromkeys(range(-9, 9), 0), 2: 1, 0: 2
    }  # fmt: skip
    assert found["teacher"]["counts"] == [0, 0, 0, 0, 0, 1, 0, 3, 2, 0]
    assert found["student"]["mean"] == pytest.approx((6 + 7 + 7 + 8 + 8 + 8) / 6)
    assert warnings_of(found) == ["2 of 5 instructions are undecided (1 failed, 1 unread)"]


def test_scores_are_rounded_half_up_in_histograms():
    counts = summary([review([9.5, 8.5], [1.4, 1.5])])
    assert counts["teacher"]["counts"] == [0] * 8 + [1, 1]
    assert counts["student"]["counts"] == [1, 1] + [0] * 8
    assert summary([review([10, 10], [1, 1])])["gap"]["counts"][-1] == 1


def test_nothing_decided():
    found = summary([REVIEWS[3], REVIEWS[3]])
    undefined = ("hard_share", "hard_share_interval", "agreement", "correlation", "identical")
    assert [found[name] for name in undefined] == [None] * 5
    assert found["position_bias"] == {"mean": None, "low": None, "high": None, "n": 0}
    assert warnings_of(found) == ["none of 2 reviews has all its scores (2 unread)"]
    assert warnings_of(summary([])) == ["there are no reviews to split"]


def test_one_review_has_no_interval():
    assert position_bias([(9.0, 7.0, 8.0, 9.0)]) == {
        "mean": 1.5, "low": None, "high": None, "n": 1
    }  # fmt: skip


def test_a_referee_that_always_says_10_10():
    found = summary([review([10, 10], [10, 10], str(n)) for n in range(20)])
    assert (found["identical"], found["hard_share"], found["correlation"]) == (1.0, 0.0, None)
    first, second = warnings_of(found)
    assert first == (
        "the referee gives both answers the same score in 100% of its replies (mean 10.0); it "
        "hardly tells them apart, so the split means little"
    )
    assert second == "no instruction is hard: all 20 that were decided are easy"


def test_nothing_easy():
    found = summary([review([9, 9], [2, 3], str(n)) for n in range(3)])
    assert warnings_of(found) == ["no instruction is easy: all 3 that were decided are hard"]


def test_bias_is_found_within_its_interval_whatever_the_answers():
    """A referee adds 0.7 to whoever stands first; answers differ by much more."""
    chance = random.Random(5)
    scores = []
    for _ in range(2000):
        teacher, student = chance.uniform(3, 9), chance.uniform(1, 8)
        noise = [chance.gauss(0, 0.5) for _ in range(4)]
        scores.append(
            (
                teacher + 0.7 + noise[0],
                student + noise[1],
                teacher + noise[2],
                student + 0.7 + noise[3],
            )
        )
    found = position_bias(scores)
    assert found["low"] < 0.7 < found["high"]
    assert found["high"] - found["low"] < 0.06


SCORES = st.lists(
    st.one_of(st.none(), st.integers(2, 20).map(lambda n: n / 2)), min_size=2, max_size=2
)


@given(st.lists(st.tuples(SCORES, SCORES), max_size=30))
def test_the_parts_add_up(rows):
    reviews = [review(teacher, student, str(n)) for n, (teacher, student) in enumerate(rows)]
    found = summary(reviews)
    n = found["n"]
    decided = sum(complete(each) is not None for each in reviews)
    assert n["hard"] + n["easy"] == decided == sum(found["gap"]["counts"])
    assert n["hard"] + n["easy"] + n["undecided"] == n["all"] == len(reviews)
    assert sum(found["reasons"].values()) == n["undecided"]
    assert sum(found["teacher"]["counts"]) == 2 * decided
    swapped = [review(each.student, each.teacher, each.id) for each in reviews]
    mirrored = summary(swapped)["position_bias"]["mean"]
    if decided:  # whoever is called the teacher, orders being what they are
        assert mirrored == pytest.approx(-found["position_bias"]["mean"])
    assert all(isinstance(sentence, str) for sentence in warnings_of(found))
