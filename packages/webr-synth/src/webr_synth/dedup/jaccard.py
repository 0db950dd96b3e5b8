"""How similar many pairs of texts are, at once: a cheap guess first, then exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from webr_synth.dedup.hashing import NEVER
from webr_synth.dedup.sets import positions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from webr_synth.dedup.sets import Sets

_AREA = 1 << 19  # shingles in one block at most
_MARKS = 1 << 22  # marks compared at once
_DEVIATIONS = 3.5


def likely(
    left: NDArray[np.uint8],
    right: NDArray[np.uint8],
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]],
    threshold: float,
) -> NDArray[np.bool_]:
    """Whether pairs may reach the threshold, by the share of marks that agree.

    Texts that are made from one template meet in a bucket by the million without being near
    duplicates. The share of marks that agree is an estimate of the similarity; a pair is let go if
    it lies 3.5 standard deviations below the threshold, which happens to one pair in 4,000 that
    is exactly at it.

    Args:
        left: Marks of the pairs' first members, uint8 (texts × marks).
        right: Those of the second.
        pairs: Which texts, two int64 arrays (pairs).
        threshold: Least similarity.

    Returns:
        bool (pairs).
    """
    number = left.shape[1]
    least = threshold - _DEVIATIONS * np.sqrt(threshold * (1 - threshold) / number)
    first, second = pairs
    kept = np.empty(len(first), bool)
    at_once = max(_MARKS // number, 1)
    for start in range(0, len(first), at_once):
        part = slice(start, start + at_once)
        agree = left[first[part]] == right[second[part]]
        kept[part] = agree.sum(axis=1) >= least * number
    return kept


def jaccard(
    left: Sets,
    right: Sets,
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]],
    threshold: float,
) -> NDArray[np.float64]:
    """The similarity of each pair: shared shingles over all.

    Args:
        left: The sets that the pairs' first members are of.
        right: Those that the second members are of.
        pairs: Which sets, two int64 arrays (pairs).
        threshold: Pairs whose sizes alone show that they lie below it are not compared.

    Returns:
        float64 (pairs); 0 for pairs that were not compared.
    """
    first, second = pairs
    sizes_1 = left.starts[first + 1] - left.starts[first]
    sizes_2 = right.starts[second + 1] - right.starts[second]
    total = sizes_1 + sizes_2
    similar = np.zeros(len(first))
    near = np.minimum(sizes_1, sizes_2) >= threshold * np.maximum(sizes_1, sizes_2)
    order = np.flatnonzero(near)
    order = order[np.argsort(total[order], kind="stable")]
    start = 0
    while start < len(order):
        end = min(start + _AREA // max(int(total[order[start]]), 1) + 1, len(order))
        while end - start > 1 and (end - start) * total[order[end - 1]] > 2 * _AREA:
            end = start + (end - start) // 2
        chosen = order[start:end]
        rows = np.full((len(chosen), total[chosen[-1]]), NEVER, np.uint64)
        _fill(rows, left, first[chosen], np.zeros(len(chosen), np.int64))
        _fill(rows, right, second[chosen], sizes_1[chosen])
        rows.sort(axis=1)
        twice = (rows[:, 1:] == rows[:, :-1]) & (rows[:, 1:] != NEVER)
        shared = twice.sum(axis=1)
        similar[chosen] = shared / (total[chosen] - shared)
        start = end
    return similar


def _fill(
    rows: NDArray[np.uint64], sets: Sets, which: NDArray[np.int64], offset: NDArray[np.int64]
) -> None:
    starts = sets.starts[which]
    sizes = sets.starts[which + 1] - starts
    line = np.repeat(np.arange(len(which)) * rows.shape[1] + offset, sizes)
    within = positions(np.zeros(len(which), np.int64), sizes)
    rows.reshape(-1)[line + within] = sets.values[positions(starts, sizes)]
