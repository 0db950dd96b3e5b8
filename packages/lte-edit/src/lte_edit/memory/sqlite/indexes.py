"""The indexes of all namespaces, in memory and in step with the file."""

from __future__ import annotations

from dataclasses import dataclass

from lte_edit.memory.sqlite.index import VectorIndex
from lte_edit.memory.sqlite.vectors import VectorTable


@dataclass(frozen=True)
class _Held:
    index: VectorIndex
    change: int  # the last one it knows
    number: int  # of the last edit it knows


class Indexes:
    """Made namespace by namespace when first searched; later only what changed is read.

    Args:
        table: Where vectors are.
        exact_up_to: See :class:`~lte_edit.memory.sqlite.index.VectorIndex`.

    Attributes:
        table: See above.
    """

    def __init__(self, table: VectorTable, exact_up_to: int) -> None:
        self.table, self._exact_up_to = table, exact_up_to
        self._held: dict[str, _Held] = {}

    def of(self, namespace: str, dimension: int, change: int) -> VectorIndex:
        """The index of a namespace as of a change, the file's last one.

        Raises:
            ValueError: A stored vector has another length.
        """
        held = self._held.get(namespace)
        if held is not None and held.change == change:
            return held.index
        # If reading fails, a half-told index must not be used again.
        self._held.pop(namespace, None)
        if held is None:
            held = _Held(VectorIndex(dimension, self._exact_up_to), 0, 0)
            held.index.reserve(self.table.count(namespace))
        last = held.number
        for rows in self.table.after(namespace, held.number):
            held.index.add(rows)
            last = rows[-1][0]
        if held.change:
            moved = self.table.moved(namespace, held.change)
            held.index.allow((number for number, active in moved if active), True)
            held.index.allow((number for number, active in moved if not active), False)
        else:
            held.index.allow(self.table.in_force(namespace))
        self._held[namespace] = _Held(held.index, change, last)
        return held.index

    def forget(self) -> None:
        """Lets go of all, since the vectors themselves are others."""
        self._held.clear()
