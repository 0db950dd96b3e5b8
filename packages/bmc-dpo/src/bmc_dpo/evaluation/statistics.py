"""Intervals of accuracies, and whether two runs differ."""

from __future__ import annotations

import math
from dataclasses import dataclass

_Z = 1.959963984540054


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
