"""Means, shares and ratios with their 95 % intervals, and whether two series differ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

_Z = 1.959963984540054
_DRAWS = 2000
_BLOCK = 4_000_000


def mean(values: Sequence[float]) -> float | None:
    """The mean; ``None`` where there is nothing."""
    return math.fsum(values) / len(values) if values else None


def interval(values: Sequence[float], seed: int) -> tuple[float, float] | None:
    """The 95 % interval of the mean; ``None`` where there is nothing.

    Wilson's where all values are 0 or 1, else the percentiles of 2,000 bootstrap means, which
    need NumPy.
    """
    if not values:
        return None
    if all(value in (0.0, 1.0) for value in values):
        return wilson(round(sum(values)), len(values))
    return _percentiles([values], seed, lambda sums: sums[0] / len(values))


def ratio_interval(
    pairs: Sequence[tuple[Sequence[float], Sequence[float]]], seed: int
) -> tuple[float, float] | None:
    """The 95 % interval of a ratio of sums, or of the mean of several, by bootstrap over rows.

    Args:
        pairs: Numerators and denominators, one for each row; all series speak of the same rows,
            and denominators are positive.
        seed: Of the draws.

    Returns:
        Percentiles of 2,000 draws; ``None`` where there is nothing.

    Raises:
        ValueError: A series is longer than another, or a denominator is not positive.
    """
    series = [values for pair in pairs for values in pair]
    if len({len(values) for values in series}) > 1:
        raise ValueError("as many numerators as denominators are needed")
    if any(value <= 0 for _, under in pairs for value in under):
        raise ValueError("a denominator is not positive")
    if not series or not series[0]:
        return None

    def ratio(sums: Any) -> Any:
        return sum(sums[at] / sums[at + 1] for at in range(0, len(sums), 2)) / len(pairs)

    return _percentiles(series, seed, ratio)


def _percentiles(
    series: Sequence[Sequence[float]], seed: int, statistic: Any
) -> tuple[float, float]:
    """Of a statistic of sums, over bootstrap draws of rows."""
    import numpy as np

    columns = [np.asarray(values, dtype=np.float64) for values in series]
    rows = len(columns[0])
    generator = np.random.default_rng(seed)
    found: list[np.ndarray[Any, Any]] = []
    # In blocks, so that many rows need no memory of draws times rows; the stream of random
    # numbers is the same for any block.
    left = _DRAWS
    while left:
        size = min(left, max(1, _BLOCK // rows))
        places = generator.integers(0, rows, size=(size, rows))
        found.append(statistic([column[places].sum(axis=1) for column in columns]))
        left -= size
    low, high = np.percentile(np.concatenate(found), [2.5, 97.5])
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


@dataclass(frozen=True)
class McNemar:
    """How two runs fare on the same questions.

    Attributes:
        both: Right in both.
        first: Right in the first only.
        second: Right in the second only.
        neither: Right in none.
    """

    both: int
    first: int
    second: int
    neither: int

    @property
    def shared(self) -> int:
        """Questions that both answered."""
        return self.both + self.first + self.second + self.neither

    @property
    def difference(self) -> float:
        """Accuracy of the second minus that of the first."""
        return (self.second - self.first) / self.shared if self.shared else 0.0

    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the difference of paired shares (Wald)."""
        if not self.shared:
            return -1.0, 1.0
        discordant = self.first + self.second
        spread = discordant - (self.second - self.first) ** 2 / self.shared
        half = _Z * math.sqrt(max(spread, 0.0)) / self.shared
        return self.difference - half, self.difference + half

    def p_value(self) -> float:
        """McNemar's exact test: two-sided, binomial with ½ over the discordant questions."""
        discordant = self.first + self.second
        if not discordant:
            return 1.0
        tail = sum(math.comb(discordant, k) for k in range(min(self.first, self.second) + 1))
        return min(1.0, float(2 * tail / 2**discordant))
