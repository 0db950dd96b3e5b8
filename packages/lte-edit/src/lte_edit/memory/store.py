"""Edits, and which are in force, in SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from lte_edit.edits import Edit
from lte_edit.memory.vectors import VectorTable

_NOW = "EXISTS (SELECT 1 FROM period p WHERE p.edit = e.number AND p.ended IS NULL)"
_THEN = """
    EXISTS (SELECT 1 FROM period p WHERE p.edit = e.number AND p.began <= :at
            AND (p.ended IS NULL OR p.ended > :at))
"""
_AT_ONCE = 500  # numbers in one query; SQLite allows so many everywhere


class Stored(NamedTuple):
    """An edit as it stands in the file."""

    number: int
    edit: Edit
    active: bool


class Store:
    """The SQL of a memory; every method that writes is called inside a transaction.

    Args:
        database: An open memory.

    Attributes:
        vectors: The table of vectors.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database
        self.vectors = VectorTable(database)

    # Facts about the memory.

    def meta(self, key: str) -> str | None:
        """A fact, or ``None``."""
        row = self.database.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str | None) -> None:
        """Writes a fact; ``None`` takes it out."""
        if value is None:
            self.database.execute("DELETE FROM meta WHERE key = ?", (key,))
        else:
            self.database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def last_change(self) -> int:
        """The number of the latest change; 0 where nothing was changed yet."""
        (last,) = self.database.execute("SELECT coalesce(max(id), 0) FROM change").fetchone()
        return int(last)

    # Writing.

    def begin_change(self, kind: str, author: str | None, note: str | None) -> int:
        """Starts an entry of the history."""
        cursor = self.database.execute(
            "INSERT INTO change (kind, time, author, note) VALUES (?, ?, ?, ?)",
            (kind, datetime.now(UTC).isoformat(), _storable(author), _storable(note)),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def insert(self, edit: Edit, embeddings: Iterable[bytes]) -> int:
        """Writes an edit and its vectors; it is not in force yet."""
        cursor = self.database.execute(
            "INSERT INTO edit (id, namespace, subject_key, prompt_key, content) "
            "VALUES (?, ?, ?, ?, ?)",
            (edit.id, edit.namespace, *edit.key, edit.model_dump_json()),
        )
        number = cursor.lastrowid
        assert number is not None
        self.vectors.insert(number, embeddings)
        return number

    def begin(self, number: int, change: int) -> None:
        """Brings an edit into force."""
        self.database.execute("INSERT INTO period (edit, began) VALUES (?, ?)", (number, change))

    def end(self, number: int, change: int, superseded_by: int | None = None) -> None:
        """Takes an edit out of force."""
        self.database.execute(
            "UPDATE period SET ended = ?, superseded_by = ? WHERE edit = ? AND ended IS NULL",
            (change, superseded_by, number),
        )

    # Reading.

    def find(self, edit_id: str) -> Stored | None:
        """An edit by id, in force or not."""
        row = self.database.execute(
            f"SELECT number, content, {_NOW} FROM edit e WHERE id = ?", (edit_id,)
        ).fetchone()
        return None if row is None else Stored(row[0], parse(row[1]), bool(row[2]))

    def about_the_same(self, edit: Edit) -> list[Stored]:
        """Edits in force with the same namespace, subject and prompt but another id."""
        rows = self.database.execute(
            "SELECT number, content FROM edit JOIN period ON edit = number AND ended IS NULL "
            "WHERE namespace = ? AND subject_key = ? AND prompt_key = ? AND id != ?",
            (edit.namespace, *edit.key, edit.id),
        )
        return [Stored(number, parse(content), True) for number, content in rows]

    def by_number(self, numbers: Sequence[int]) -> dict[int, Edit]:
        """Edits by number."""
        found = {}
        for start in range(0, len(numbers), _AT_ONCE):
            part = list(numbers[start : start + _AT_ONCE])
            marks = ",".join("?" * len(part))
            rows = self.database.execute(
                f"SELECT number, content FROM edit WHERE number IN ({marks})", part
            )
            found.update({number: parse(content) for number, content in rows})
        return found

    def active(
        self, namespace: str | None, at: int | None, limit: int | None, offset: int
    ) -> list[Edit]:
        """Edits in force, now or after a change, in the order they were written."""
        where = "" if namespace is None else "AND e.namespace = :namespace"
        rows = self.database.execute(
            f"SELECT e.content FROM edit e WHERE {_NOW if at is None else _THEN} {where} "
            "ORDER BY e.number LIMIT :limit OFFSET :offset",
            {
                "at": at,
                "namespace": namespace,
                "limit": -1 if limit is None else limit,
                "offset": offset,
            },
        )
        return [parse(content) for (content,) in rows]

    def not_as_at(self, at: int, namespace: str | None) -> tuple[list[int], list[int]]:
        """Numbers of edits that were in force after a change and are not, and the reverse."""
        where = "" if namespace is None else "AND e.namespace = :namespace"

        def numbers(condition: str) -> list[int]:
            rows = self.database.execute(
                f"SELECT e.number FROM edit e WHERE {condition} {where} ORDER BY e.number",
                {"at": at, "namespace": namespace},
            )
            return [number for (number,) in rows]

        return numbers(f"{_THEN} AND NOT {_NOW}"), numbers(f"{_NOW} AND NOT {_THEN}")

    def written_after(self, number: int) -> list[tuple[int, Edit]]:
        """All edits with a number above, in force or not, with their numbers."""
        rows = self.database.execute(
            "SELECT number, content FROM edit WHERE number > ? ORDER BY number", (number,)
        )
        return [(number, parse(content)) for number, content in rows]

    def namespaces(self) -> dict[str, int]:
        """Namespaces that ever had an edit, and how many each has in force."""
        rows = self.database.execute(
            "SELECT namespace, count(period.edit) FROM edit LEFT JOIN period "
            "ON edit = number AND ended IS NULL GROUP BY namespace ORDER BY namespace"
        )
        return {name: int(count) for name, count in rows}

    def has_namespace(self, name: str) -> bool:
        """Whether it ever had an edit."""
        query = "SELECT EXISTS (SELECT 1 FROM edit WHERE namespace = ?)"
        return bool(self.database.execute(query, (name,)).fetchone()[0])

    def counts(self) -> dict[str, int]:
        """Numbers of edits, of those in force, of vectors and of changes."""
        return dict(self._counts())

    def _counts(self) -> Iterator[tuple[str, int]]:
        for name, source in (
            ("edits", "edit"),
            ("in_force", "period WHERE ended IS NULL"),
            ("vectors", "vector"),
            ("changes", "change"),
        ):
            (count,) = self.database.execute(f"SELECT count(*) FROM {source}").fetchone()
            yield name, int(count)


def parse(content: str) -> Edit:
    """An edit from its JSON.

    Raises:
        ValueError: It is none; the file is damaged.
    """
    return Edit.model_validate_json(content)


def _storable(text: str | None) -> str | None:
    # What a terminal passes on of bytes that are no UTF-8 cannot be stored as it is.
    return None if text is None else text.encode(errors="replace").decode()
