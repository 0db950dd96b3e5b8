"""Questions to a memory that need no encoder: what is in force, what was, how much there is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lte_edit.edits import Edit
from lte_edit.memory.changes import clashes
from lte_edit.memory.handle import CREATED, DIMENSION, ENCODER, THRESHOLD, Handle
from lte_edit.memory.history import changes
from lte_edit.memory.results import Change
from truing_core.errors import InputError, UsageError


class Looking(Handle):
    """The part of :class:`~lte_edit.memory.EditMemory` that changes and embeds nothing."""

    def get(self, edit_id: str) -> tuple[Edit, bool]:
        """An edit, and whether it is in force.

        Raises:
            InputError: There is none of this id.
        """
        with self._reading():
            found = self._store.find(edit_id)
        if found is None:
            raise InputError(f"there is no edit '{edit_id}' in {self.path}")
        return found.edit, found.active

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
        with self._reading():
            self._check_namespace(namespace)
            last = self._store.last_change()
            if at is not None and not 0 <= at <= last:
                raise UsageError(f"there is no change {at}; the last one is {last}")
            return self._store.active(namespace, at, limit, offset)

    def history(self, edit_id: str | None = None, namespace: str | None = None) -> list[Change]:
        """All changes, or those of an edit or a namespace; the first one first.

        Raises:
            InputError: There is no such edit, or the namespace never had one.
        """
        with self._reading():
            self._check_namespace(namespace)
            if edit_id is not None and self._store.find(edit_id) is None:
                raise InputError(f"there is no edit '{edit_id}' in {self.path}")
            return changes(self._store.database, edit_id, namespace)

    def clashing(self, edits: Sequence[Edit]) -> set[str]:
        """Ids among these that belong to edits of the memory that say something else."""
        with self._reading():
            found = ((edit, self._store.find(edit.id)) for edit in edits)
            return {edit.id for edit, known in found if known is not None and clashes(known, edit)}

    def counts(self) -> dict[str, int]:
        """Numbers of ``edits``, of those ``in_force``, of ``vectors`` and of ``changes``."""
        with self._reading():
            return self._store.counts()

    def namespaces(self) -> dict[str, int]:
        """Namespaces that ever had an edit, and how many each has in force."""
        with self._reading():
            return self._store.namespaces()

    @property
    def threshold(self) -> float | None:
        """The stored score below which nothing is found."""
        with self._reading():
            return self._stored_threshold()

    def _stored_threshold(self) -> float | None:
        stored = self._store.meta(THRESHOLD)
        return None if stored is None else float(stored)

    def stats(self) -> dict[str, object]:
        """Numbers, sizes, encoder and threshold."""
        log = Path(f"{self.path}-wal")  # what was written lately
        with self._reading():
            dimension = self._store.meta(DIMENSION)
            return {
                "path": str(self.path),
                **self._store.counts(),
                "namespaces": self._store.namespaces(),
                "encoder": self._store.meta(ENCODER),
                "dimension": None if dimension is None else int(dimension),
                "threshold": self._stored_threshold(),
                "created": self._store.meta(CREATED),
                "bytes": sum(file.stat().st_size for file in (self.path, log) if file.is_file()),
            }
