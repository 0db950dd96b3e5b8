"""A memory's file as threads share it: one lock, whole transactions, troubles in words."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from pydantic import ValidationError

from lte_edit.memory.database import connect, damaged, reading, sentences, writing
from lte_edit.memory.embedding import check_encoder
from lte_edit.memory.index import EXACT_UP_TO
from lte_edit.memory.indexes import Indexes
from lte_edit.memory.store import Store
from truing_core.errors import InputError, UsageError

if TYPE_CHECKING:
    from lte_edit.encoder import Encoder

ENCODER, DIMENSION, THRESHOLD, CREATED = "encoder", "dimension", "threshold", "created"


class Handle:
    """What every question to a memory needs; made by :meth:`open`."""

    def __init__(self, path: Path, store: Store, encoder: Encoder | None, exact_up_to: int) -> None:
        self.path = path
        self._store, self._encoder = store, encoder
        self._indexes = Indexes(store.vectors, exact_up_to)
        self._lock = threading.RLock()

    @classmethod
    def open(
        cls,
        path: str | Path,
        encoder: Encoder | None = None,
        *,
        create: bool = True,
        exact_up_to: int = EXACT_UP_TO,
    ) -> Self:
        """Opens a memory; nothing is embedded anew.

        Args:
            path: The file; made if it is missing and ``create``.
            encoder: Embeds edits and queries; without one, only what needs none works.
            create: Whether the file may be made.
            exact_up_to: Vectors of a namespace that are compared one by one.

        Raises:
            InputError: There is no memory, the file is none, or it is damaged.
            UsageError: The memory's vectors come from another encoder.
        """
        path = Path(path)
        memory = cls(path, Store(connect(path, create=create)), encoder, exact_up_to)
        try:
            check_encoder(path, memory.encoder_identity, encoder)
        except BaseException:
            memory.close()
            raise
        return memory

    def close(self) -> None:
        """Closes the file; all that was added is in it."""
        with self._lock:
            self._store.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def encoder_identity(self) -> str | None:
        """Whose vectors are stored; ``None`` before the first edit."""
        with self._lock, sentences(self.path):
            return self._store.meta(ENCODER)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """One state of the file."""
        with self._lock, sentences(self.path), reading(self._store.database):
            try:
                yield
            except ValidationError as error:  # of a stored edit
                raise damaged(self.path) from error

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """All that is done inside, or nothing."""
        with self._lock, sentences(self.path), writing(self._store.database):
            try:
                yield
            except ValidationError as error:
                raise damaged(self.path) from error

    def _needed(self) -> Encoder:
        if self._encoder is None:
            raise UsageError("this memory was opened without an encoder; pass one to open it")
        return self._encoder

    def _check_namespace(self, name: str | None) -> None:
        if name is None or self._store.has_namespace(name):
            return
        known = self._store.namespaces()
        if known:
            raise InputError(
                f"there is no namespace '{name}' in {self.path}; known: {', '.join(known)}"
            )
