"""Questions to a memory that need no encoder: what is in force, what was, how much there is."""

from __future__ import annotations

from collections.abc import Sequence

from lte_edit.edits import Edit
from lte_edit.memory.backend import CREATED, DIMENSION, ENCODER, THRESHOLD, Store
from lte_edit.memory.changes import clashes
from lte_edit.memory.handle import Handle
from lte_edit.memory.results import Change
from truing_core.errors import InputError, UsageError

_MOST = 2**53


class Looking(Handle):
    """The part of :class:`~lte_edit.memory.EditMemory` that changes and embeds nothing."""

    def get(self, edit_id: str) -> tuple[Edit, bool]:
        """An edit, and whether it is in force.

        Raises:
            InputError: There is none of this id.
        """
        with self._backend.reading() as store:
            found = store.find([edit_id]).values()
            active = bool(store.in_force([edit_id]))
        for each in found:
            return each.edit, active
        raise InputError(f"there is no edit '{edit_id}' in {self.path}")

    def known(self, ids: Sequence[str]) -> list[Edit]:
        """Those of some edits that there are, in force or not, in the order of the ids."""
        with self._backend.reading() as store:
            found = store.find(ids)
        return [found[each].edit for each in dict.fromkeys(ids) if each in found]

    def edits(
        self,
        namespace: str | None = None,
        *,
        at: int | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Edit]:
        """The edits in force, now or after the change ``at``, the oldest first.

        Raises:
            InputError: The namespace never had an edit.
            UsageError: There is no such change.
        """
        with self._backend.reading() as store:
            self._check_namespace(store, namespace)
            last = store.last_change()
            if at is not None and not 0 <= at <= last:
                raise UsageError(f"there is no change {at}; the last one is {last}")
            # No database counts further than 64 bits, and none has as many edits.
            limit = None if limit is None else min(limit, _MOST)
            return store.active(namespace, at, limit, min(offset, _MOST))

    def history(self, edit_id: str | None = None, namespace: str | None = None) -> list[Change]:
        """All changes, or those of an edit or a namespace; the first one first.

        Raises:
            InputError: There is no such edit, or the namespace never had one.
        """
        with self._backend.reading() as store:
            self._check_namespace(store, namespace)
            if edit_id is not None and not store.find([edit_id]):
                raise InputError(f"there is no edit '{edit_id}' in {self.path}")
            return store.changes(edit_id, namespace)

    def clashing(self, edits: Sequence[Edit]) -> set[str]:
        """Ids among these that belong to edits of the memory that say something else."""
        with self._backend.reading() as store:
            known = store.find([edit.id for edit in edits])
        return {edit.id for edit in edits if edit.id in known and clashes(known[edit.id], edit)}

    def counts(self) -> dict[str, int]:
        """Numbers of ``edits``, of those ``in_force``, of ``vectors`` and of ``changes``."""
        with self._backend.reading() as store:
            return store.counts()

    def namespaces(self) -> dict[str, int]:
        """Namespaces that ever had an edit, and how many each has in force."""
        with self._backend.reading() as store:
            return store.namespaces()

    @property
    def threshold(self) -> float | None:
        """The stored score below which nothing is found."""
        with self._backend.reading() as store:
            return stored_threshold(store)

    def stats(self) -> dict[str, object]:
        """Numbers, sizes, encoder and threshold."""
        with self._backend.reading() as store:
            dimension = store.meta(DIMENSION)
            return {
                "path": str(self.path),
                **store.counts(),
                "namespaces": store.namespaces(),
                "encoder": store.meta(ENCODER),
                "dimension": None if dimension is None else int(dimension),
                "threshold": stored_threshold(store),
                "created": store.meta(CREATED),
                "bytes": store.size(),
            }


def stored_threshold(store: Store) -> float | None:
    """The score below which nothing is found, if one was set."""
    stored = store.meta(THRESHOLD)
    return None if stored is None else float(stored)
