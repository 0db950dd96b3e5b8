"""An open memory: where it is, whose vectors it holds."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from lte_edit.memory.backend import ENCODER, Backend, Place, Store
from lte_edit.memory.embedding import check_encoder
from lte_edit.memory.places import connected
from truing_core.errors import InputError, UsageError

if TYPE_CHECKING:
    from lte_edit.encoder import Encoder


class Handle:
    """What every question to a memory needs; made by :meth:`open`."""

    def __init__(self, backend: Backend, encoder: Encoder | None) -> None:
        self._backend, self._encoder = backend, encoder

    @classmethod
    def open(
        cls,
        path: str | Path,
        encoder: Encoder | None = None,
        *,
        create: bool = True,
        exact_up_to: int | None = None,
    ) -> Self:
        """Opens a memory; nothing is embedded anew.

        Args:
            path: A SQLite file, or ``postgresql://USER@HOST/DATABASE``; made if it is missing
                and ``create``.
            encoder: Embeds edits and queries; without one, only what needs none works.
            create: Whether the memory may be made.
            exact_up_to: Vectors of a namespace that are compared one by one; by default what
                suits the database.

        Raises:
            MissingMemory: There is no memory.
            InputError: What is there is no memory, or it is damaged.
            UsageError: The memory's vectors come from another encoder.
            TruingError: The memory cannot be reached.
        """
        memory = cls(connected(path, create=create, exact_up_to=exact_up_to), encoder)
        try:
            check_encoder(memory.path, memory.encoder_identity, encoder)
        except BaseException:
            memory.close()
            raise
        return memory

    @property
    def path(self) -> Place:
        """Its file, or its URL without the password."""
        return self._backend.place

    def close(self) -> None:
        """Lets go of the memory; all that was added is in it."""
        self._backend.close()

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
        with self._backend.reading() as store:
            return store.meta(ENCODER)

    def _needed(self) -> Encoder:
        if self._encoder is None:
            raise UsageError("this memory was opened without an encoder; pass one to open it")
        return self._encoder

    def _check_namespace(self, store: Store, name: str | None) -> None:
        if name is None or store.has_namespace(name):
            return
        known = store.namespaces()
        if known:
            raise InputError(
                f"there is no namespace '{name}' in {self.path}; known: {', '.join(known)}"
            )
