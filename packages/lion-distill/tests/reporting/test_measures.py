"""Means of scores and the referee's diagnostics, by hand."""

from __future__ import annotations

import pytest

from lion_distill.discrimination import split
from lion_distill.reporting.measures import mean_of, measure
from lion_distill.rows import Review


def test_by_hand():
    reviews = [
        Review(id="a", teacher=[9, 7], student=[5, 6], asked=[1, 1], replies=["x", "y"]),
        Review(id="b", teacher=[8, 8], student=[8, 8], asked=[2, 1]),
        Review(id="c", teacher=[8, None], student=[8, None], asked=[1, 3], reason="unread"),
    ]
    found = measure(iter(reviews), iter(split(reviews)))
    assert found.gaps == [2.5, 0.0]
    assert found.teacher == (8.0, 8.0, 8.0)
    mean, low, high = found.student
    # 5.5 and 8: standard deviation 2.5/√2, so the standard error is 1.25.
    assert (mean, high - mean) == pytest.approx((6.75, 1.959964 * 1.25))
    assert mean - low == pytest.approx(high - mean)
    assert (found.asked, found.again) == (9, 2)
    assert found.facts["n"] == {"hard": 1, "easy": 1, "undecided": 1, "all": 3}
    assert found.facts["reasons"] == {"unread": 1}
    # (9 - 5 + 6 - 7) / 2, and nothing.
    assert found.facts["position_bias"]["mean"] == pytest.approx(0.75)


def test_nothing_yet():
    found = measure([], [])
    assert (found.gaps, found.teacher, found.student, found.asked) == ([], None, None, 0)
    assert mean_of([]) is None
    assert mean_of([3.0]) == (3.0, 3.0, 3.0)
