"""Documents that were there before: the same text, or nearly."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_RECENT = 100_000


class SeenIds:
    """A set of document ids in eight bytes each, for corpora of tens of millions.

    New ids go into a Python set, and from time to time into sorted arrays of which each is at
    least twice as long as the next, so that few have to be searched.
    """

    def __init__(self, recent: int = _RECENT) -> None:
        self._most = recent
        self._recent: set[int] = set()
        self._sorted: list[NDArray[np.uint64]] = []

    def __len__(self) -> int:
        return len(self._recent) + sum(map(len, self._sorted))

    def add(self, doc_id: str) -> bool:
        """Adds the id; whether it is new."""
        number = int(doc_id, 16)
        if number in self._recent or any(_holds(each, number) for each in self._sorted):
            return False
        self._recent.add(number)
        if len(self._recent) >= self._most:
            self._settle()
        return True

    def _settle(self) -> None:
        import numpy as np

        new = np.fromiter(self._recent, np.uint64, len(self._recent))
        self._recent.clear()
        while self._sorted and len(self._sorted[-1]) < 2 * len(new):
            new = np.concatenate([self._sorted.pop(), new])
        new.sort()
        self._sorted.append(new)


def _holds(numbers: NDArray[np.uint64], number: int) -> bool:
    import numpy as np

    at = int(np.searchsorted(numbers, np.uint64(number)))
    return at < len(numbers) and int(numbers[at]) == number
