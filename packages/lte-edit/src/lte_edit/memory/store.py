"""Edits and their history in SQL: what is in force, what was, and how it came about."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lte_edit.edits import Edit
from truing_core.errors import InputError

_ACTIVE_AT = """
    EXISTS (SELECT 1 FROM period p WHERE p.edit = e.number AND p.began <= :at
            AND (p.ended IS NULL OR p.ended > :at))
"""
# What makes two edits of one id the same one; when it was made does not.
_IDENTITY = {"prompt", "target", "subject", "rephrasings", "namespace"}


@dataclass(frozen=True)
class AddResult:
    """What adding did.

    Attributes:
        change: The number of the change; ``None`` if all was there already.
        added: Ids that came into force.
        superseded: Ids that they replaced.
        unchanged: Ids that were in force just so.
    """

    change: int | None
    added: tuple[str, ...] = ()
    superseded: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """One entry of the history.

    Attributes:
        id: Numbers go up; ``rollback`` takes them.
        kind: ``add``, ``remove`` or ``rollback``.
        time: When.
        author: Who.
        note: Why.
        began: Ids that came into force.
        ended: Ids that went out of force.
    """

    id: int
    kind: str
    time: datetime
    author: str | None
    note: str | None
    began: tuple[str, ...]
    ended: tuple[str, ...]


class Store:
    """The SQL of a memory; every method that writes is called inside a transaction.

    Args:
        database: An open memory.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._db = database

    # Facts about the memory.

    def meta(self, key: str) -> str | None:
        """A fact, or ``None``."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str | None) -> None:
        """Writes a fact; ``None`` takes it out."""
        if value is None:
            self._db.execute("DELETE FROM meta WHERE key = ?", (key,))
        else:
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def last_change(self) -> int:
        """The number of the latest change; 0 where nothing was changed yet."""
        (last,) = self._db.execute("SELECT coalesce(max(id), 0) FROM change").fetchone()
        return int(last)

    # Writing.

    def begin_change(self, kind: str, author: str | None, note: str | None) -> int:
        """Starts an entry of the history."""
        time = datetime.now(UTC).isoformat()
        cursor = self._db.execute(
            "INSERT INTO change (kind, time, author, note) VALUES (?, ?, ?, ?)",
            (kind, time, author, note),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def known(self, edit: Edit) -> tuple[int, bool] | None:
        """Number of the edit of this id and whether it is in force; ``None`` if there is none.

        Raises:
            InputError: The id belongs to an edit that says something else.
        """
        row = self._db.execute(
            "SELECT number, content, EXISTS (SELECT 1 FROM period WHERE edit = number AND "
            "ended IS NULL) FROM edit WHERE id = ?",
            (edit.id,),
        ).fetchone()
        if row is None:
            return None
        number, content, active = row
        if _parse(content).model_dump(include=_IDENTITY) != edit.model_dump(include=_IDENTITY):
            raise InputError(f"the id '{edit.id}' belongs to another edit; choose another id")
        return number, bool(active)

    def conflicting(self, edit: Edit) -> list[tuple[int, Edit]]:
        """Edits in force about the same: same namespace, subject and prompt."""
        rows = self._db.execute(
            "SELECT number, content FROM edit JOIN period ON edit = number AND ended IS NULL "
            "WHERE namespace = ? AND subject_key = ? AND prompt_key = ? AND id != ?",
            (edit.namespace, *edit.key, edit.id),
        )
        return [(number, _parse(content)) for number, content in rows]

    def insert(self, edit: Edit, embeddings: Iterable[bytes]) -> int:
        """Writes an edit and its vectors; it is not in force yet."""
        cursor = self._db.execute(
            "INSERT INTO edit (id, namespace, subject_key, prompt_key, content) "
            "VALUES (?, ?, ?, ?, ?)",
            (edit.id, edit.namespace, *edit.key, edit.model_dump_json()),
        )
        number = cursor.lastrowid
        assert number is not None
        self._db.executemany(
            "INSERT INTO vector VALUES (?, ?, ?)",
            [(number, part, blob) for part, blob in enumerate(embeddings)],
        )
        return number

    def begin(self, number: int, change: int) -> None:
        """Brings an edit into force."""
        self._db.execute("INSERT INTO period (edit, began) VALUES (?, ?)", (number, change))

    def end(self, number: int, change: int, superseded_by: int | None = None) -> None:
        """Takes an edit out of force."""
        self._db.execute(
            "UPDATE period SET ended = ?, superseded_by = ? WHERE edit = ? AND ended IS NULL",
            (change, superseded_by, number),
        )

    def restore(self, at: int, change: int, namespace: str | None) -> tuple[int, int]:
        """Brings into force what was so after the change ``at``, and nothing else.

        Returns:
            How many edits came into force, and how many went out.
        """
        where = "" if namespace is None else "AND e.namespace = :namespace"
        values = {"at": at, "namespace": namespace}

        def numbers(condition: str) -> list[int]:
            query = f"SELECT e.number FROM edit e WHERE {condition} {where}"
            return [number for (number,) in self._db.execute(query, values)]

        now = "EXISTS (SELECT 1 FROM period p WHERE p.edit = e.number AND p.ended IS NULL)"
        gone = numbers(f"{now} AND NOT {_ACTIVE_AT}")
        back = numbers(f"NOT {now} AND {_ACTIVE_AT}")
        for number in gone:
            self.end(number, change)
        for number in back:
            self.begin(number, change)
        return len(back), len(gone)

    # Reading.

    def find(self, ids: Sequence[str]) -> dict[str, tuple[int, Edit, bool]]:
        """Edits by id, in force or not: number, edit, whether in force."""
        found = {}
        for each in ids:
            row = self._db.execute(
                "SELECT number, content, EXISTS (SELECT 1 FROM period WHERE edit = number AND "
                "ended IS NULL) FROM edit WHERE id = ?",
                (each,),
            ).fetchone()
            if row is not None:
                found[each] = (row[0], _parse(row[1]), bool(row[2]))
        return found

    def edits(
        self, namespace: str | None, at: int | None, limit: int | None, offset: int
    ) -> list[Edit]:
        """Edits in force, now or after a change, in the order they were written."""
        where = "" if namespace is None else "AND e.namespace = :namespace"
        rows = self._db.execute(
            f"SELECT e.content FROM edit e WHERE {_ACTIVE_AT} {where} "
            "ORDER BY e.number LIMIT :limit OFFSET :offset",
            {
                "at": self.last_change() if at is None else at,
                "namespace": namespace,
                "limit": -1 if limit is None else limit,
                "offset": offset,
            },
        )
        return [_parse(content) for (content,) in rows]

    def change_at(self, time: datetime) -> int:
        """The last change up to a time; 0 if there was none."""
        (found,) = self._db.execute(
            "SELECT coalesce(max(id), 0) FROM change WHERE time <= ?",
            (time.astimezone(UTC).isoformat(),),
        ).fetchone()
        return int(found)

    def history(self, edit_id: str | None, namespace: str | None) -> list[Change]:
        """The changes, the first one first, and what each did to the edits that are asked for."""
        entries: dict[int, tuple[list[str], list[str]]] = {}
        rows = self._db.execute(
            "SELECT e.id, p.began, p.ended FROM period p JOIN edit e ON e.number = p.edit "
            "WHERE (?1 IS NULL OR e.id = ?1) AND (?2 IS NULL OR e.namespace = ?2) "
            "ORDER BY e.number, p.began",
            (edit_id, namespace),
        )
        for each, began, ended in rows:
            entries.setdefault(began, ([], []))[0].append(each)
            if ended is not None:
                entries.setdefault(ended, ([], []))[1].append(each)
        everything = edit_id is None and namespace is None
        found = []
        for number, kind, time, author, note in self._db.execute(
            "SELECT id, kind, time, author, note FROM change ORDER BY id"
        ):
            if number in entries or everything:
                began, ended = entries.get(number, ([], []))
                moment = datetime.fromisoformat(time)
                found.append(Change(number, kind, moment, author, note, tuple(began), tuple(ended)))
        return found

    def namespaces(self) -> dict[str, int]:
        """Namespaces that ever had an edit, and how many each has in force."""
        rows = self._db.execute(
            "SELECT namespace, count(period.edit) FROM edit LEFT JOIN period "
            "ON edit = number AND ended IS NULL GROUP BY namespace ORDER BY namespace"
        )
        return {name: int(count) for name, count in rows}

    def counts(self) -> dict[str, int]:
        """Numbers of edits, of those in force, of vectors and of changes."""
        queries = {
            "edits": "SELECT count(*) FROM edit",
            "in_force": "SELECT count(*) FROM period WHERE ended IS NULL",
            "vectors": "SELECT count(*) FROM vector",
            "changes": "SELECT count(*) FROM change",
        }
        return {name: int(self._db.execute(q).fetchone()[0]) for name, q in queries.items()}

    def vectors(self, namespace: str, after: int) -> list[tuple[int, int, bytes]]:
        """Vectors of a namespace's edits with a number above ``after``: number, part, bytes."""
        return self._db.execute(
            "SELECT v.edit, v.part, v.embedding FROM vector v JOIN edit e ON e.number = v.edit "
            "WHERE e.namespace = ? AND e.number > ? ORDER BY v.edit, v.part",
            (namespace, after),
        ).fetchall()

    def numbers_in_force(self, namespace: str) -> set[int]:
        """Numbers of a namespace's edits that are in force."""
        rows = self._db.execute(
            "SELECT number FROM edit JOIN period ON edit = number AND ended IS NULL "
            "WHERE namespace = ?",
            (namespace,),
        )
        return {number for (number,) in rows}

    def by_number(self, numbers: Sequence[int]) -> dict[int, Edit]:
        """Edits by number."""
        marks = ",".join("?" * len(numbers))
        rows = self._db.execute(
            f"SELECT number, content FROM edit WHERE number IN ({marks})", list(numbers)
        )
        return {number: _parse(content) for number, content in rows}

    def replace_vectors(self, vectors: Iterable[tuple[int, Sequence[bytes]]]) -> None:
        """Writes all edits' vectors anew."""
        self._db.execute("DELETE FROM vector")
        for number, blobs in vectors:
            self._db.executemany(
                "INSERT INTO vector VALUES (?, ?, ?)",
                [(number, part, blob) for part, blob in enumerate(blobs)],
            )

    def everything(self) -> list[tuple[int, Edit]]:
        """All edits, in force or not, with their numbers."""
        rows = self._db.execute("SELECT number, content FROM edit ORDER BY number")
        return [(number, _parse(content)) for number, content in rows]


def _parse(content: str) -> Edit:
    fields: dict[str, Any] = json.loads(content)
    return Edit.model_validate(fields)
