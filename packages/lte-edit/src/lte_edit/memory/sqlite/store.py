"""Edits, and which are in force, in SQLite's SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lte_edit.edits import Edit
from lte_edit.memory.backend import Found, Stored, about, parse, storable
from lte_edit.memory.results import Change
from lte_edit.memory.sqlite import history
from lte_edit.memory.sqlite.database import damaged
from lte_edit.memory.sqlite.indexes import Indexes

if TYPE_CHECKING:
    from lte_edit.encoder import Vectors

_NOW = "EXISTS (SELECT 1 FROM period p WHERE p.edit = e.number AND p.ended IS NULL)"
_THEN = """
    EXISTS (SELECT 1 FROM period p WHERE p.edit = e.number AND p.began <= :at
            AND (p.ended IS NULL OR p.ended > :at))
"""
_AT_ONCE = 500  # values in one query; SQLite allows so many everywhere


class SqliteStore:
    """As :class:`~lte_edit.memory.backend.Store`.

    Args:
        path: The file, for what is said of it.
        database: It, opened.
        indexes: Where vectors are looked for.
    """

    def __init__(self, path: Path, database: sqlite3.Connection, indexes: Indexes) -> None:
        self.database = database
        self._path, self._indexes = path, indexes

    # Facts about the memory.

    def meta(self, key: str) -> str | None:
        row = self.database.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str | None) -> None:
        if value is None:
            self.database.execute("DELETE FROM meta WHERE key = ?", (key,))
        else:
            self.database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def last_change(self) -> int:
        (last,) = self.database.execute("SELECT coalesce(max(id), 0) FROM change").fetchone()
        return int(last)

    # Writing.

    def begin_change(self, kind: str, author: str | None, note: str | None) -> int:
        cursor = self.database.execute(
            "INSERT INTO change (kind, time, author, note) VALUES (?, ?, ?, ?)",
            (kind, datetime.now(UTC).isoformat(), _text(author), _text(note)),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def insert(self, edits: Sequence[Edit], embeddings: Sequence[Sequence[bytes]]) -> list[int]:
        (last,) = self.database.execute("SELECT coalesce(max(number), 0) FROM edit").fetchone()
        numbers = list(range(last + 1, last + 1 + len(edits)))
        self.database.executemany(
            "INSERT INTO edit (number, id, namespace, subject_key, prompt_key, content) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (
                (number, edit.id, *about(edit), edit.model_dump_json())
                for number, edit in zip(numbers, edits, strict=True)
            ),
        )
        self._indexes.table.insert(zip(numbers, embeddings, strict=True))
        return numbers

    def begin(self, change: int, numbers: Sequence[int]) -> None:
        self.database.executemany(
            "INSERT INTO period (edit, began) VALUES (?, ?)",
            ((number, change) for number in numbers),
        )

    def end(self, change: int, numbers: Mapping[int, int | None]) -> None:
        self.database.executemany(
            "UPDATE period SET ended = ?, superseded_by = ? WHERE edit = ? AND ended IS NULL",
            ((change, by, number) for number, by in numbers.items()),
        )

    def replace_vectors(self, vectors: Iterable[tuple[int, Sequence[bytes]]]) -> None:
        self._indexes.table.replace(vectors)
        self._indexes.forget()

    # Reading.

    def find(self, ids: Sequence[str]) -> dict[str, Stored]:
        rows = self._among("SELECT id, number, content FROM edit WHERE id IN", ids)
        return {each: Stored(number, parse(content)) for each, number, content in rows}

    def in_force(self, ids: Sequence[str]) -> set[str]:
        return {
            each for (each,) in self._among(f"SELECT id FROM edit e WHERE {_NOW} AND id IN", ids)
        }

    def in_force_about(self, edits: Sequence[Edit]) -> list[Stored]:
        found = []
        for each in dict.fromkeys(about(edit) for edit in edits):
            rows = self.database.execute(
                "SELECT number, content FROM edit JOIN period ON edit = number AND ended IS NULL "
                "WHERE namespace = ? AND subject_key = ? AND prompt_key = ?",
                each,
            )
            found += [Stored(number, parse(content)) for number, content in rows]
        return found

    def by_number(self, numbers: Sequence[int]) -> dict[int, Edit]:
        rows = self._among("SELECT number, content FROM edit WHERE number IN", numbers)
        return {number: parse(content) for number, content in rows}

    def _among(self, query: str, values: Sequence[object]) -> Iterator[Any]:
        """Rows of a query that ends with ``IN``, for any number of values."""
        usable = [storable(each) if isinstance(each, str) else each for each in values]
        for start in range(0, len(usable), _AT_ONCE):
            part = usable[start : start + _AT_ONCE]
            yield from self.database.execute(f"{query} ({','.join('?' * len(part))})", part)

    def active(
        self, namespace: str | None, at: int | None, limit: int | None, offset: int
    ) -> list[Edit]:
        where = "" if namespace is None else "AND e.namespace = :namespace"
        rows = self.database.execute(
            f"SELECT e.content FROM edit e WHERE {_NOW if at is None else _THEN} {where} "
            "ORDER BY e.number LIMIT :limit OFFSET :offset",
            {
                "at": at,
                "namespace": _text(namespace),
                "limit": -1 if limit is None else limit,
                "offset": offset,
            },
        )
        return [parse(content) for (content,) in rows]

    def not_as_at(self, at: int, namespace: str | None) -> tuple[list[int], list[int]]:
        where = "" if namespace is None else "AND e.namespace = :namespace"

        def numbers(condition: str) -> list[int]:
            rows = self.database.execute(
                f"SELECT e.number FROM edit e WHERE {condition} {where} ORDER BY e.number",
                {"at": at, "namespace": _text(namespace)},
            )
            return [number for (number,) in rows]

        return numbers(f"{_THEN} AND NOT {_NOW}"), numbers(f"{_NOW} AND NOT {_THEN}")

    def written_after(self, number: int) -> list[Stored]:
        rows = self.database.execute(
            "SELECT number, content FROM edit WHERE number > ? ORDER BY number", (number,)
        )
        return [Stored(each, parse(content)) for each, content in rows]

    def namespaces(self) -> dict[str, int]:
        rows = self.database.execute(
            "SELECT namespace, count(period.edit) FROM edit LEFT JOIN period "
            "ON edit = number AND ended IS NULL GROUP BY namespace ORDER BY namespace"
        )
        return {name: int(count) for name, count in rows}

    def has_namespace(self, name: str) -> bool:
        query = "SELECT EXISTS (SELECT 1 FROM edit WHERE namespace = ?)"
        return bool(self.database.execute(query, (storable(name),)).fetchone()[0])

    def counts(self) -> dict[str, int]:
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

    def changes(self, edit_id: str | None, namespace: str | None) -> list[Change]:
        return history.changes(self.database, _text(edit_id), _text(namespace))

    def change_at(self, time: datetime) -> int:
        return history.change_at(self.database, time)

    def nearest(self, queries: Vectors, k: int, namespace: str) -> list[list[Found]]:
        try:
            index = self._indexes.of(storable(namespace), queries.shape[1], self.last_change())
        except ValueError as error:  # a stored vector has another length
            raise damaged(self._path) from error
        return index.search(queries, k)

    def size(self) -> int:
        log = Path(f"{self._path}-wal")  # what was written lately
        return sum(file.stat().st_size for file in (self._path, log) if file.is_file())


def _text(text: str | None) -> str | None:
    return None if text is None else storable(text)
