"""Pairs of one batch that may be alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from webr_synth.dedup.hashing import mix

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from webr_synth.dedup.hashing import Hashes
    from webr_synth.dedup.sets import Sets

_PAIRS = 1 << 22  # at most at a time
_UPPER, _LOWER = np.uint64(0xFFFFFFFF00000000), 0xFFFFFFFF


def exact_copies(sets: Sets) -> NDArray[np.int64]:
    """For each text the first one with the same set, int64 (texts).

    Thousands of copies of one text would otherwise be millions of pairs.
    """
    sizes = sets.sizes
    sums = np.add.reduceat(mix(sets.values), sets.starts[:-1]) if len(sizes) else sizes
    _, first, group = np.unique(sums, return_index=True, return_inverse=True)
    leader = first[group.reshape(-1)].astype(np.int64)
    for at in np.flatnonzero(leader != np.arange(len(leader))).tolist():
        own, other = sets.one(at), sets.one(int(leader[at]))
        if not np.array_equal(own, other):  # only their sums are equal
            leader[at] = at
    return leader


def meetings(keys: Hashes) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Pairs of texts that share a bucket, the earlier first, with the keys (texts × bands).

    Yields:
        Parts of them, int64 (pairs) each; no pair comes twice.
    """
    flat = keys.reshape(-1)
    # Half a key and an entry's number in one integer sort faster than keys by argsort; the other
    # half is compared pair by pair.
    packed = np.sort(flat & _UPPER | np.arange(len(flat), dtype=np.uint64))
    entries = (packed & ~_UPPER).astype(np.int64)
    flat, texts = flat[entries], entries // keys.shape[1]
    half = packed >> np.uint64(32)
    seen = np.empty(0, np.int64)
    waiting: list[NDArray[np.int64]] = []
    held, apart = 0, 1
    at = np.flatnonzero(half[1:] == half[:-1])
    while len(at):
        same = at[flat[at] == flat[at + apart]]
        waiting.append(texts[same] << 32 | texts[same + apart])
        held += len(same)
        if held > _PAIRS:
            new = _new(waiting, seen)
            seen = np.concatenate([seen, new])
            waiting, held = [], 0
            yield new >> 32, new & _LOWER
        apart += 1
        at = at[at + apart < len(half)]
        at = at[half[at + apart] == half[at]]
    if waiting:
        new = _new(waiting, seen)
        yield new >> 32, new & _LOWER


def _new(pairs: list[NDArray[np.int64]], seen: NDArray[np.int64]) -> NDArray[np.int64]:
    found = np.unique(np.concatenate(pairs))
    return found[~np.isin(found, seen, assume_unique=True)]
