"""The vectors of edits in SQL, and which of them may be found."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

Row = tuple[int, int, bytes]
"""Number of an edit, part (0 its own wording, n its n-th rephrasing), float32 bytes."""


_AT_ONCE = 2048  # rows


class VectorTable:
    """The SQL of vectors; what writes is called inside a transaction.

    Args:
        database: An open memory.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._db = database

    def insert(self, vectors: Iterable[tuple[int, Iterable[bytes]]]) -> None:
        """Writes the vectors of edits, that of part 0 first; each with the edit's number."""
        self._db.executemany(
            "INSERT INTO vector VALUES (?, ?, ?)",
            (
                (number, part, blob)
                for number, embeddings in vectors
                for part, blob in enumerate(embeddings)
            ),
        )

    def replace(self, vectors: Iterable[tuple[int, Iterable[bytes]]]) -> None:
        """Writes all edits' vectors anew."""
        self._db.execute("DELETE FROM vector")
        self.insert(vectors)

    def count(self, namespace: str) -> int:
        """How many vectors a namespace's edits have, in force or not."""
        (count,) = self._db.execute(
            "SELECT count(*) FROM edit e JOIN vector v ON v.edit = e.number WHERE e.namespace = ?",
            (namespace,),
        ).fetchone()
        return int(count)

    def after(self, namespace: str, number: int) -> Iterator[list[Row]]:
        """Vectors of a namespace's edits with a number above, in order of number and part.

        They come in batches, since all bytes at once would double what an index takes.
        """
        cursor = self._db.execute(
            # Read in order and from there on, whatever SQLite thinks: all vectors at once are
            # too much to sort, and a few new ones are no reason to look at all edits.
            "SELECT v.edit, v.part, v.embedding FROM edit e INDEXED BY edit_namespace "
            "CROSS JOIN vector v ON v.edit = e.number "
            "WHERE e.namespace = ? AND e.number > ? ORDER BY e.number, v.part",
            (namespace, number),
        )
        while rows := cursor.fetchmany(_AT_ONCE):
            yield rows

    def in_force(self, namespace: str) -> list[int]:
        """Numbers of a namespace's edits that are in force."""
        rows = self._db.execute(
            "SELECT number FROM edit JOIN period ON edit = number AND ended IS NULL "
            "WHERE namespace = ?",
            (namespace,),
        )
        return [number for (number,) in rows]

    def moved(self, namespace: str, change: int) -> list[tuple[int, bool]]:
        """Edits of a namespace that later changes brought in or took out, and where they are."""
        rows = self._db.execute(
            "SELECT e.number, EXISTS (SELECT 1 FROM period WHERE edit = e.number AND "
            "ended IS NULL) FROM (SELECT edit FROM period WHERE began > ?2 "
            "UNION SELECT edit FROM period WHERE ended IS NOT NULL AND ended > ?2) m "
            "CROSS JOIN edit e ON e.number = m.edit WHERE +e.namespace = ?1",
            (namespace, change),
        )
        return [(number, bool(active)) for number, active in rows]
