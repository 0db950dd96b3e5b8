"""Edits, and which are in force, in PostgreSQL's SQL."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import psycopg

from lte_edit.edits import Edit
from lte_edit.memory.backend import Found, Stored, about, parse, storable
from lte_edit.memory.postgres import history
from lte_edit.memory.postgres.nearest import Search
from lte_edit.memory.postgres.vectors import TABLE, Row, VectorTable
from lte_edit.memory.results import Change
from truing_core.errors import InputError

if TYPE_CHECKING:
    from lte_edit.encoder import Vectors

_NOW = "EXISTS (SELECT FROM lte_edit_period p WHERE p.edit = e.number AND p.ended IS NULL)"
_THEN = """
    EXISTS (SELECT FROM lte_edit_period p WHERE p.edit = e.number AND p.began <= %(at)s
            AND (p.ended IS NULL OR p.ended > %(at)s))
"""
# For a few edits, as a question to each: a join would be planned by what the server believes of the
# tables, which after a large import is wrong by far.
_STILL = "(SELECT true FROM lte_edit_period p WHERE p.edit = e.number AND p.ended IS NULL)"
_NUL = "\x00"  # the one character that PostgreSQL's texts cannot hold


class PostgresStore:
    """As :class:`~lte_edit.memory.backend.Store`.

    Args:
        connection: Inside a transaction.
        vectors: Where vectors are written.
        search: Where they are looked for.
    """

    def __init__(
        self, connection: psycopg.Connection[Any], vectors: VectorTable, search: Search
    ) -> None:
        self._db, self._vectors, self._search = connection, vectors, search

    # Facts about the memory.

    def meta(self, key: str) -> str | None:
        row = self._db.execute("SELECT value FROM lte_edit_meta WHERE key = %s", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str | None) -> None:
        if value is None:
            self._db.execute("DELETE FROM lte_edit_meta WHERE key = %s", (key,))
        else:
            self._db.execute(
                "INSERT INTO lte_edit_meta VALUES (%s, %s) "
                "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (key, value),
            )

    def last_change(self) -> int:
        return int(self._one("SELECT coalesce(max(id), 0) FROM lte_edit_change"))

    # Writing. Whoever does has the memory to itself, so that numbers can follow each other.

    def begin_change(self, kind: str, author: str | None, note: str | None) -> int:
        # The server's time: the clocks of those who write may differ.
        return int(
            self._one(
                "INSERT INTO lte_edit_change SELECT coalesce(max(id), 0) + 1, %s, "
                "clock_timestamp(), %s, %s FROM lte_edit_change RETURNING id",
                (kind, _text(author), _text(note)),
            )
        )

    def insert(self, edits: Sequence[Edit], embeddings: Sequence[Sequence[bytes]]) -> list[int]:
        for edit in edits:
            if _NUL in edit.id:
                raise InputError(f"the id {edit.id!r} holds a NUL character; choose another id")
        last = int(self._one("SELECT coalesce(max(number), 0) FROM lte_edit_edit"))
        numbers = list(range(last + 1, last + 1 + len(edits)))
        columns = "number, id, namespace, about, content"
        with (
            self._db.cursor() as cursor,
            cursor.copy(f"COPY lte_edit_edit ({columns}) FROM STDIN") as copy,
        ):
            for number, edit in zip(numbers, edits, strict=True):
                content = edit.model_dump_json()
                copy.write_row((number, edit.id, edit.namespace, _digest(edit), content))
        self._vectors.insert(
            [
                Row(number, edit.namespace, True, blobs)
                for number, edit, blobs in zip(numbers, edits, embeddings, strict=True)
            ]
        )
        return numbers

    def begin(self, change: int, numbers: Sequence[int]) -> None:
        if not numbers:
            return
        self._db.execute(
            "INSERT INTO lte_edit_period (edit, began) SELECT unnest(%s::bigint[]), %s",
            (list(numbers), change),
        )
        self._vectors.move(numbers, True)
        for namespace, count in self._db.execute(
            f"SELECT namespace, count(*) FROM {TABLE} WHERE edit = ANY(%s) GROUP BY namespace",
            (list(numbers),),
        ).fetchall():
            self._vectors.grown(namespace, count)

    def end(self, change: int, numbers: Mapping[int, int | None]) -> None:
        if not numbers:
            return
        self._db.execute(
            "UPDATE lte_edit_period p SET ended = %s, superseded_by = n.by "
            "FROM unnest(%s::bigint[], %s::bigint[]) n (edit, by) "
            "WHERE p.edit = n.edit AND p.ended IS NULL",
            (change, list(numbers), list(numbers.values())),
        )
        self._vectors.move(list(numbers), False)

    def replace_vectors(self, vectors: Iterable[tuple[int, Sequence[bytes]]]) -> None:
        known = {
            number: (namespace, active)
            for number, namespace, active in self._db.execute(
                f"SELECT e.number, e.namespace, {_NOW} FROM lte_edit_edit e"
            )
        }
        self._vectors.replace(Row(number, *known[number], blobs) for number, blobs in vectors)

    # Reading.

    def find(self, ids: Sequence[str]) -> dict[str, Stored]:
        rows = self._db.execute(
            "SELECT id, number, content FROM lte_edit_edit WHERE id = ANY(%s)", (_texts(ids),)
        )
        return {each: Stored(number, parse(content)) for each, number, content in rows}

    def in_force(self, ids: Sequence[str]) -> set[str]:
        query = f"SELECT id FROM lte_edit_edit e WHERE {_STILL} AND id = ANY(%s)"
        return {each for (each,) in self._db.execute(query, (_texts(ids),))}

    def in_force_about(self, edits: Sequence[Edit]) -> list[Stored]:
        rows = self._db.execute(
            f"SELECT number, content FROM lte_edit_edit e WHERE about = ANY(%s) AND {_STILL} "
            "ORDER BY number",
            (list({_digest(edit) for edit in edits}),),
        )
        return [Stored(number, parse(content)) for number, content in rows]

    def by_number(self, numbers: Sequence[int]) -> dict[int, Edit]:
        rows = self._db.execute(
            "SELECT number, content FROM lte_edit_edit WHERE number = ANY(%s)", (list(numbers),)
        )
        return {number: parse(content) for number, content in rows}

    def active(
        self, namespace: str | None, at: int | None, limit: int | None, offset: int
    ) -> list[Edit]:
        where = "" if namespace is None else "AND e.namespace = %(namespace)s"
        rows = self._db.execute(
            f"SELECT e.content FROM lte_edit_edit e WHERE {_NOW if at is None else _THEN} {where} "
            "ORDER BY e.number LIMIT %(limit)s OFFSET %(offset)s",
            {"at": at, "namespace": _text(namespace), "limit": limit, "offset": offset},
        )
        return [parse(content) for (content,) in rows]

    def not_as_at(self, at: int, namespace: str | None) -> tuple[list[int], list[int]]:
        where = "" if namespace is None else "AND e.namespace = %(namespace)s"

        def numbers(condition: str) -> list[int]:
            rows = self._db.execute(
                f"SELECT e.number FROM lte_edit_edit e WHERE {condition} {where} ORDER BY e.number",
                {"at": at, "namespace": _text(namespace)},
            )
            return [number for (number,) in rows]

        return numbers(f"{_THEN} AND NOT {_NOW}"), numbers(f"{_NOW} AND NOT {_THEN}")

    def written_after(self, number: int) -> list[Stored]:
        rows = self._db.execute(
            "SELECT number, content FROM lte_edit_edit WHERE number > %s ORDER BY number",
            (number,),
        )
        return [Stored(each, parse(content)) for each, content in rows]

    def namespaces(self) -> dict[str, int]:
        # In the order of their bytes, as in SQLite, whatever language the database speaks.
        rows = self._db.execute(
            "SELECT namespace, count(edit) FROM lte_edit_edit LEFT JOIN lte_edit_period "
            'ON edit = number AND ended IS NULL GROUP BY namespace ORDER BY namespace COLLATE "C"'
        )
        return {name: int(count) for name, count in rows}

    def has_namespace(self, name: str) -> bool:
        query = "SELECT EXISTS (SELECT FROM lte_edit_edit WHERE namespace = ANY(%s))"
        return bool(self._one(query, (_texts([name]),)))

    def counts(self) -> dict[str, int]:
        sources = {
            "edits": "lte_edit_edit",
            "in_force": "lte_edit_period WHERE ended IS NULL",
            "vectors": TABLE if self._vectors.exists() else "lte_edit_edit",  # both are empty
            "changes": "lte_edit_change",
        }
        return {
            name: int(self._one(f"SELECT count(*) FROM {source}"))
            for name, source in sources.items()
        }

    def changes(self, edit_id: str | None, namespace: str | None) -> list[Change]:
        return history.changes(self._db, _text(edit_id), _text(namespace))

    def change_at(self, time: datetime) -> int:
        return history.change_at(self._db, time)

    def nearest(self, queries: Vectors, k: int, namespace: str) -> list[list[Found]]:
        return self._search.nearest(queries, k, storable(namespace), self.last_change())

    def size(self) -> int:
        tables = [f"lte_edit_{name}" for name in ("meta", "change", "edit", "period", "vector")]
        query = "SELECT sum(pg_total_relation_size(to_regclass(name))) FROM unnest(%s::text[]) name"
        return int(self._one(query, (tables,)))

    def _one(self, query: str, values: Sequence[Any] = ()) -> Any:
        [row] = self._db.execute(query, values)
        return row[0]


def _digest(edit: Edit) -> bytes:
    """Equal for edits about the same, and for no others."""
    return hashlib.sha256(json.dumps(about(edit)).encode()).digest()


def _texts(texts: Sequence[str]) -> list[str]:
    """Those that may be in the database."""
    return [storable(text) for text in texts if _NUL not in text]


def _text(text: str | None) -> str | None:
    """What of a text can be in the database."""
    return None if text is None else storable(text).replace(_NUL, "\ufffd")
