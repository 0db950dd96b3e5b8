"""A memory's file as threads share it: one lock, whole transactions, troubles in words."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from pydantic import ValidationError

from lte_edit.memory.backend import Store
from lte_edit.memory.sqlite.database import connect, damaged, reading, sentences, writing
from lte_edit.memory.sqlite.index import EXACT_UP_TO
from lte_edit.memory.sqlite.indexes import Indexes
from lte_edit.memory.sqlite.store import SqliteStore
from lte_edit.memory.sqlite.vectors import VectorTable


class SqliteBackend:
    """As :class:`~lte_edit.memory.backend.Backend`.

    Args:
        path: The file.
        create: Whether a missing one is made.
        exact_up_to: Vectors of a namespace that are compared one by one.

    Raises:
        MissingMemory: There is no such file.
        InputError: It is no memory, or it is damaged.
    """

    def __init__(self, path: Path, *, create: bool, exact_up_to: int | None = None) -> None:
        self.place = path
        self._database = connect(path, create=create)
        limit = EXACT_UP_TO if exact_up_to is None else exact_up_to
        self._store = SqliteStore(path, self._database, Indexes(VectorTable(self._database), limit))
        self._lock = threading.RLock()

    def reading(self) -> AbstractContextManager[Store]:
        return self._whole(reading(self._database))

    def writing(self) -> AbstractContextManager[Store]:
        return self._whole(writing(self._database))

    @contextmanager
    def _whole(self, transaction: AbstractContextManager[None]) -> Iterator[Store]:
        with self._lock, sentences(self.place), transaction:
            try:
                yield self._store
            except ValidationError as error:  # of a stored edit
                raise damaged(self.place) from error

    def close(self) -> None:
        with self._lock:
            self._database.close()
