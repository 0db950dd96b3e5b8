"""What a memory asks of the database it lies in, SQLite or PostgreSQL.

The rules (what supersedes what, what a rollback brings back) are written once, in
:mod:`~lte_edit.memory.changes`; a backend keeps and finds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from lte_edit.edits import Edit
from lte_edit.memory.results import Change
from truing_core.errors import InputError

if TYPE_CHECKING:
    from lte_edit.encoder import Vectors

# Facts about a memory, by the names they are stored under.
ENCODER, DIMENSION, THRESHOLD, CREATED = "encoder", "dimension", "threshold", "created"

Place = Path | str
"""Where a memory is: a file, or a URL without its password."""

Found = tuple[int, float, int]
"""Number of an edit, score, part (0 its own wording, n its n-th rephrasing)."""

About = tuple[str, str, str]
"""Namespace, subject and prompt as compared: at most one edit about the same is in force."""


class MissingMemory(InputError):
    """There is no memory at that place, and none was to be made."""


class Stored(NamedTuple):
    """An edit as it stands in the database."""

    number: int
    edit: Edit


class Store(Protocol):
    """The tables of a memory, inside one transaction."""

    def meta(self, key: str) -> str | None:
        """A fact, or ``None``."""
        ...

    def set_meta(self, key: str, value: str | None) -> None:
        """Writes a fact; ``None`` takes it out."""
        ...

    def last_change(self) -> int:
        """The number of the latest change; 0 where nothing was changed yet."""
        ...

    def begin_change(self, kind: str, author: str | None, note: str | None) -> int:
        """Starts an entry of the history; numbers have no gaps."""
        ...

    def insert(self, edits: Sequence[Edit], embeddings: Sequence[Sequence[bytes]]) -> list[int]:
        """Writes edits and their vectors (float32); :meth:`begin` must follow.

        Returns:
            Their numbers, which rise and are above all others.
        """
        ...

    def begin(self, change: int, numbers: Sequence[int]) -> None:
        """Brings edits into force."""
        ...

    def end(self, change: int, numbers: Mapping[int, int | None]) -> None:
        """Takes edits out of force; each with the number of the one that replaces it, if any."""
        ...

    def replace_vectors(self, vectors: Iterable[tuple[int, Sequence[bytes]]]) -> None:
        """Writes all edits' vectors anew; each comes with the edit's number."""
        ...

    def find(self, ids: Sequence[str]) -> dict[str, Stored]:
        """Edits by id, in force or not."""
        ...

    def in_force(self, ids: Sequence[str]) -> set[str]:
        """Those of these ids whose edits are in force."""
        ...

    def in_force_about(self, edits: Sequence[Edit]) -> list[Stored]:
        """Edits in force that are about the same as one of these."""
        ...

    def by_number(self, numbers: Sequence[int]) -> dict[int, Edit]:
        """Edits by number."""
        ...

    def active(
        self, namespace: str | None, at: int | None, limit: int | None, offset: int
    ) -> list[Edit]:
        """Edits in force, now or after a change, in the order they were written."""
        ...

    def not_as_at(self, at: int, namespace: str | None) -> tuple[list[int], list[int]]:
        """Numbers of edits that were in force after a change and are not, and the reverse."""
        ...

    def written_after(self, number: int) -> list[Stored]:
        """All edits with a number above, in force or not."""
        ...

    def namespaces(self) -> dict[str, int]:
        """Namespaces that ever had an edit, and how many each has in force."""
        ...

    def has_namespace(self, name: str) -> bool:
        """Whether it ever had an edit."""
        ...

    def counts(self) -> dict[str, int]:
        """Numbers of ``edits``, of those ``in_force``, of ``vectors`` and of ``changes``."""
        ...

    def changes(self, edit_id: str | None, namespace: str | None) -> list[Change]:
        """The changes, the first one first, and what each did to the edits that are asked for."""
        ...

    def change_at(self, time: datetime) -> int:
        """The last change up to a time; 0 if there was none."""
        ...

    def nearest(self, queries: Vectors, k: int, namespace: str) -> list[list[Found]]:
        """For each query the nearest edits in force, the nearest first, each edit once."""
        ...

    def size(self) -> int:
        """Bytes on disk."""
        ...


class Backend(Protocol):
    """A database that holds a memory; threads may share it.

    What goes wrong comes out as a sentence, never as an error of the database's driver.
    """

    @property
    def place(self) -> Place:
        """What messages call it."""
        ...

    def reading(self) -> AbstractContextManager[Store]:
        """One state of the memory, whatever others write meanwhile."""
        ...

    def writing(self) -> AbstractContextManager[Store]:
        """One transaction that no other writer comes between; durable when it ends.

        All that is done inside is kept, or nothing.
        """
        ...

    def close(self) -> None:
        """Lets go of the database; all that was added is in it."""
        ...


def about(edit: Edit) -> About:
    """What an edit is about."""
    return (edit.namespace, *edit.key)


def parse(content: str) -> Edit:
    """An edit from its JSON.

    Raises:
        ValueError: It is none; the memory is damaged.
    """
    return Edit.model_validate_json(content)


def storable(text: str) -> str:
    """What a terminal passes on of bytes that are no UTF-8 cannot be stored as it is."""
    return text.encode(errors="replace").decode()
