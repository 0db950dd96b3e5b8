"""Intervals and tests against numbers from elsewhere, and their invariants."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bmc_dpo.evaluation.statistics import McNemar, wilson


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
