"""A hash table from bucket keys to the texts in them, filled and asked with whole arrays.

Keys of one text lie side by side, so an entry's number tells its text. Entries whose keys share a
slot form a chain, newest first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from truing_core.errors import TruingError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from webr_synth.dedup.hashing import Hashes

_FEWEST = 1 << 12
_MOST = 2**31 - 1
_ROWS, _PAIRS = 1 << 10, 1 << 22  # asked for at first, and wanted at most, at a time


class Buckets:
    """The buckets.

    Args:
        bands: Keys of a text.
    """

    def __init__(self, bands: int) -> None:
        self._bands = bands
        self._keys = np.empty(_FEWEST, np.uint64)
        self._next = np.empty(_FEWEST, np.int32)
        self._heads = np.full(_FEWEST, -1, np.int32)
        self._count = 0

    @property
    def keys(self) -> Hashes:
        """What was added, uint64 (texts × bands)."""
        return self._keys[: self._count].reshape(-1, self._bands)

    def add(self, keys: Hashes) -> None:
        """Puts further texts in, with the keys (texts × bands).

        Raises:
            TruingError: There are more than the table can number, about 2 thousand million keys.
        """
        flat = keys.reshape(-1)
        end = self._count + len(flat)
        if end > _MOST:
            raise TruingError(
                f"an index of near-duplicates holds at most {_MOST // self._bands:,} texts; "
                "give each part of the data an index of its own"
            )
        if end > len(self._keys):
            self._grow(end)
        self._keys[self._count : end] = flat
        start, self._count = self._count, end
        self._link(start, end)

    def find(self, keys: Hashes) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Which texts share a bucket with these, with the keys (texts × bands).

        Yields:
            Rows of ``keys`` and numbers of texts in the table, int64 (pairs), for some rows at a
            time; a pair that meets in several buckets is there once.
        """
        start, rows = 0, _ROWS
        while start < len(keys):
            first, texts = self._find(keys[start : start + rows])
            yield first + start, texts
            start += rows
            # Crowded buckets must not take all memory.
            rows = max(1, min(2 * rows, rows * _PAIRS // (len(first) + 1)))

    def _find(self, keys: Hashes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        flat = keys.reshape(-1)
        asked = np.arange(len(flat))
        entry = self._heads[self._slots(flat)]
        pairs: list[NDArray[np.int64]] = []
        while len(asked := asked[(there := entry >= 0)]):
            entry = entry[there]
            same = self._keys[entry] == flat[asked]
            pairs.append(asked[same] // self._bands << 32 | entry[same] // self._bands)
            entry = self._next[entry]
        both = np.unique(np.concatenate([np.empty(0, np.int64), *pairs]))
        return both >> 32, both & 0xFFFFFFFF

    def _slots(self, keys: Hashes) -> NDArray[np.int64]:
        return (keys & np.uint64(len(self._heads) - 1)).astype(np.int64)

    def _grow(self, least: int) -> None:
        size = max(2 * len(self._keys), 1 << (least - 1).bit_length())
        for name in ("_keys", "_next"):
            old = getattr(self, name)
            new = np.empty(size, old.dtype)
            new[: self._count] = old[: self._count]
            setattr(self, name, new)
        self._heads = np.full(size, -1, np.int32)
        self._link(0, self._count)

    def _link(self, start: int, end: int) -> None:
        """Hangs entries into the chains of their slots."""
        slots = self._slots(self._keys[start:end])
        # Sorting pairs packed into integers is several times faster than a stable argsort.
        packed = np.sort(slots << 32 | np.arange(start, end))
        slots, entries = packed >> 32, (packed & 0xFFFFFFFF).astype(np.int32)
        first = np.ones(len(slots), bool)
        np.not_equal(slots[1:], slots[:-1], out=first[1:])
        before = np.empty_like(entries)
        before[1:] = entries[:-1]
        before[first] = self._heads[slots[first]]
        self._next[entries] = before
        last = np.roll(first, -1)
        self._heads[slots[last]] = entries[last]
