"""Where a memory may be: in a SQLite file, or in PostgreSQL if a URL names it."""

from __future__ import annotations

from pathlib import Path

from lte_edit.memory.backend import Backend
from truing_core.errors import TruingError, UsageError

_SCHEMES = ("postgresql://", "postgres://")


def connected(place: str | Path, *, create: bool, exact_up_to: int | None = None) -> Backend:
    """The database of a memory, opened.

    Args:
        place: A file, or ``postgresql://USER@HOST/DATABASE``.
        create: Whether a missing memory is made.
        exact_up_to: Vectors of a namespace that are compared one by one; by default what suits
            the database.

    Raises:
        MissingMemory: There is none.
        InputError: What is there is no memory, or it is damaged.
        TruingError: It cannot be reached.
    """
    if not str(place).startswith(_SCHEMES):
        if str(place).startswith(tuple(f"{scheme[:-1]}" for scheme in _SCHEMES)):
            raise UsageError("a path loses one of a URL's slashes; give the URL as text")
        from lte_edit.memory.sqlite.backend import SqliteBackend

        return SqliteBackend(Path(place), create=create, exact_up_to=exact_up_to)
    try:
        from lte_edit.memory.postgres.backend import PostgresBackend
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] not in ("pgvector", "psycopg", "psycopg_pool"):
            raise
        raise TruingError(
            "a memory in PostgreSQL needs: pip install 'lte-edit[postgres]'"
        ) from None
    return PostgresBackend(str(place), create=create, exact_up_to=exact_up_to)
