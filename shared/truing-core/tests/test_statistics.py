"""Intervals and tests against numbers from elsewhere, and their invariants."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truing_core import statistics
from truing_core.statistics import McNemar, interval, mean, ratio_interval, wilson


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        # By the formula in exact decimals; 8 of 10 is Newcombe's (1998) kind of example.
        (8, 10, 0.4901625, 0.9433178),
        (0, 20, 0.0, 0.1611252),
        (50, 100, 0.4038315, 0.5961685),
    ],
)
def test_wilson(successes, trials, low, high):
    assert wilson(successes, trials) == pytest.approx((low, high), abs=1e-6)


def test_wilson_in_newcombes_table():
    # Newcombe 1998, table I: 81 of 263.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)


@given(st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_share_and_mirrors(counts):
    successes, trials = counts
    low, high = wilson(successes, trials)
    assert 0 <= low <= successes / trials + 1e-12
    assert successes / trials - 1e-12 <= high <= 1
    mirrored = wilson(trials - successes, trials)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_without_trials_nothing_is_known():
    assert wilson(0, 0) == (0.0, 1.0)
    assert McNemar(0, 0, 0, 0).interval() == (-1.0, 1.0)
    assert McNemar(3, 0, 0, 4).p_value() == 1.0
    assert (interval([], 0), mean([]), ratio_interval([([], [])], 0)) == (None, None, None)


def test_mcnemar_by_hand():
    # 1 against 9: 2 · (C(10,0) + C(10,1)) / 2^10 = 22/1024
    table = McNemar(both=5, first=1, second=9, neither=5)
    assert table.p_value() == pytest.approx(22 / 1024)
    assert table.difference == pytest.approx(0.4)
    half = 1.959964 * math.sqrt(10 - 64 / 20) / 20
    assert table.interval() == pytest.approx((0.4 - half, 0.4 + half), abs=1e-6)


@given(st.integers(0, 400), st.integers(0, 400))
def test_mcnemar_does_not_mind_the_order(first, second):
    one, other = McNemar(1, first, second, 1), McNemar(1, second, first, 1)
    assert one.p_value() == other.p_value()
    assert 0 < one.p_value() <= 1
    assert one.difference == -other.difference


def test_shares_get_wilsons_interval_and_means_the_bootstrap():
    pytest.importorskip("numpy")
    assert interval([1.0, 0.0, 1.0], 0) == wilson(2, 3)
    values = [0.5, 0.25, 0.75, 1.0, 0.0] * 20
    low, high = interval(values, 0)
    # Standard error of the mean of 100 values with standard deviation 0.3536.
    assert (low, high) == pytest.approx((0.5 - 0.0693, 0.5 + 0.0693), abs=0.01)
    assert interval(values, 0) == (low, high)
    assert interval(values, 1) != (low, high)


def test_draws_in_blocks_are_the_same_draws(monkeypatch):
    pytest.importorskip("numpy")
    values = [0.1, 0.5, 0.25, 0.75, 0.9]
    whole = interval(values, 3)
    monkeypatch.setattr(statistics, "_BLOCK", 35)
    assert interval(values, 3) == whole


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_intervals_lie_between_the_extremes(values):
    pytest.importorskip("numpy")
    low, high = interval(values, 0)
    assert -1e-9 <= low <= high <= 1 + 1e-9


def test_the_interval_of_a_ratio_by_the_delta_method():
    pytest.importorskip("numpy")
    pairs = [(6.0, 8.0), (7.0, 9.0), (9.0, 8.0), (4.0, 9.0), (8.0, 8.0)] * 40
    over, under = [a for a, _ in pairs], [b for _, b in pairs]
    ratio = sum(over) / sum(under)
    residuals = [a - ratio * b for a, b in pairs]
    error = math.sqrt(sum(r * r for r in residuals)) / sum(under)
    found = ratio_interval([(over, under)], 0)
    assert found == pytest.approx((ratio - 1.96 * error, ratio + 1.96 * error), abs=0.004)
    assert ratio_interval([(over, under)], 0) == found
    # The mean of a ratio and itself is the ratio; rows are drawn once for both.
    assert ratio_interval([(over, under), (over, under)], 0) == pytest.approx(found)


@given(st.lists(st.floats(1, 10), min_size=1, max_size=20), st.floats(0.1, 3))
def test_a_constant_ratio_has_no_width(values, factor):
    pytest.importorskip("numpy")
    found = ratio_interval([([factor * value for value in values], values)], 0)
    assert found == pytest.approx((factor, factor))


@pytest.mark.parametrize(("over", "under"), [([1.0], []), ([1.0], [0.0])])
def test_a_ratio_of_what_does_not_fit(over, under):
    with pytest.raises(ValueError, match="denominator"):
        ratio_interval([(over, under)], 0)
