"""Intervals against known values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lte_edit.evaluation.statistics import interval, mean, wilson


def test_wilson():
    # Newcombe 1998, table I: 81 of 263, and 0 of 20.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(0, 0) == (0.0, 1.0)


def test_shares_get_wilsons_interval_and_means_the_bootstrap():
    assert interval([1.0, 0.0, 1.0], 0) == wilson(2, 3)
    values = [0.5, 0.25, 0.75, 1.0, 0.0] * 20
    low, high = interval(values, 0)
    # Standard error of the mean of 100 values with standard deviation 0.3536.
    assert (low, high) == pytest.approx((0.5 - 0.0693, 0.5 + 0.0693), abs=0.01)
    assert interval(values, 0) == (low, high)
    assert interval(values, 1) != (low, high)
    assert (interval([], 0), mean([])) == (None, None)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_intervals_lie_between_the_extremes(values):
    low, high = interval(values, 0)
    assert -1e-9 <= low <= high <= 1 + 1e-9
