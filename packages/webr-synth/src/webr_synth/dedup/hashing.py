"""64-bit integers that stand for words, shingles and buckets: the same on every machine.

Python's own ``hash`` differs from process to process, and an index outlives its process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]

NEVER = np.uint64(2**64 - 1)
"""No shingle has this value, so it can fill up rows."""

_STEP, _FIRST, _SECOND = (
    np.uint64(0x9E3779B97F4A7C15),
    np.uint64(0xBF58476D1CE4E5B9),
    np.uint64(0x94D049BB133111EB),
)


def mix(values: Hashes) -> Hashes:
    """SplitMix64's finaliser: a bijection of 64-bit integers in which every bit counts."""
    mixed = values + _STEP
    mixed ^= mixed >> np.uint64(30)
    mixed *= _FIRST
    mixed ^= mixed >> np.uint64(27)
    mixed *= _SECOND
    mixed ^= mixed >> np.uint64(31)
    return mixed


def odd_numbers(count: int, seed: int) -> Hashes:
    """Multipliers without a common pattern; the first ones do not depend on how many there are."""
    start = np.uint64(seed * 0xD1342543DE82EF95 % 2**64)
    return mix(np.arange(count, dtype=np.uint64) + start) | np.uint64(1)
