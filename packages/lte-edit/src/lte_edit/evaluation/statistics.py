"""Means of records with their 95 % intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence

_Z = 1.959963984540054
_DRAWS = 2000


def mean(values: Sequence[float]) -> float | None:
    """The mean; ``None`` where there is nothing."""
    return math.fsum(values) / len(values) if values else None


def interval(values: Sequence[float], seed: int) -> tuple[float, float] | None:
    """The 95 % interval of the mean; ``None`` where there is nothing.

    Wilson's where all values are 0 or 1, else the percentiles of 2,000 bootstrap means.
    """
    if not values:
        return None
    if all(value in (0.0, 1.0) for value in values):
        return wilson(round(sum(values)), len(values))
    import numpy as np

    numbers = np.asarray(values, dtype=np.float64)
    places = np.random.default_rng(seed).integers(0, len(numbers), size=(_DRAWS, len(numbers)))
    low, high = np.percentile(numbers[places].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The Wilson 95 % interval of a share; (0, 1) without trials."""
    if not trials:
        return 0.0, 1.0
    share, square = successes / trials, _Z * _Z
    centre = share + square / (2 * trials)
    half = _Z * math.sqrt(share * (1 - share) / trials + square / (4 * trials * trials))
    scale = 1 + square / trials
    return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)
