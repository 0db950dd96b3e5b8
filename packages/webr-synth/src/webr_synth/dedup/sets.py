"""The shingle sets of many texts, one behind the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from webr_synth.dedup.hashing import Hashes

    _Number = TypeVar("_Number", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Sets:
    """The shingle sets of texts, each sorted.

    Attributes:
        values: uint64 (shingles of all texts).
        starts: int64 (texts + 1).
    """

    values: Hashes
    starts: NDArray[np.int64]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Shingles of each text, int64 (texts)."""
        return np.diff(self.starts)

    def one(self, text: int) -> Hashes:
        """The set of one text."""
        return self.values[self.starts[text] : self.starts[text + 1]]

    def take(self, texts: NDArray[np.int64]) -> Sets:
        """The sets of some texts."""
        sizes = self.sizes[texts]
        values = self.values[positions(self.starts[texts], sizes)]
        return Sets(values, np.concatenate([[0], np.cumsum(sizes)]))


class GrowingRows:
    """Rows of one width that more are added to.

    Args:
        width: Of a row.
        dtype: Of its values.
    """

    def __init__(self, width: int, dtype: type[np.generic]) -> None:
        self._values: NDArray[Any] = np.empty((1 << 8, width), dtype)
        self._rows = 0

    def all(self) -> NDArray[Any]:
        """What was added (rows × width); a view."""
        return self._values[: self._rows]

    def add(self, rows: NDArray[Any]) -> None:
        """Adds further rows."""
        end = self._rows + len(rows)
        self._values = _room(self._values, self._rows, end)
        self._values[self._rows : end] = rows
        self._rows = end


class GrowingSets:
    """Sets that more are added to, in arrays that double when they are full."""

    def __init__(self) -> None:
        self._values: Hashes = np.empty(1 << 12, np.uint64)
        self._starts: NDArray[np.int64] = np.zeros(1 << 10, np.int64)
        self._texts = 0

    def all(self) -> Sets:
        """What was added; the arrays are views."""
        starts = self._starts[: self._texts + 1]
        return Sets(self._values[: starts[-1]], starts)

    def add(self, sets: Sets) -> None:
        """Adds the sets of further texts."""
        texts = len(sets.starts) - 1
        begin = int(self._starts[self._texts])
        end = begin + len(sets.values)
        self._values = _room(self._values, begin, end)
        self._starts = _room(self._starts, self._texts + 1, self._texts + 1 + texts)
        self._values[begin:end] = sets.values
        self._starts[self._texts + 1 : self._texts + 1 + texts] = begin + sets.starts[1:]
        self._texts += texts


def positions(starts: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The indices of runs, one run after the other, int64 (sum of sizes)."""
    ends: NDArray[np.int64] = np.cumsum(sizes)
    places = np.arange(ends[-1] if len(ends) else 0, dtype=np.int64)
    places += np.repeat(starts - (ends - sizes), sizes)
    return places


def _room(array: NDArray[_Number], used: int, needed: int) -> NDArray[_Number]:
    if needed <= len(array):
        return array
    larger = np.zeros((max(needed, 2 * len(array)), *array.shape[1:]), array.dtype)
    larger[:used] = array[:used]
    return larger
