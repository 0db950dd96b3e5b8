"""The vectors of edits in pgvector: written in bulk, and given a graph when a namespace grows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import psycopg

from lte_edit.memory.postgres.schema import has_table

TABLE = "lte_edit_vector"
EXACT_UP_TO = 10_000  # vectors; beyond that the graph is faster and hardly ever wrong
_LINKS, _BUILD = 16, 64  # pgvector's defaults
_MOST_MEMORY = 1 << 20  # kB
_COLUMNS = ("edit", "part", "namespace", "in_force", "embedding")
_TYPES = ("int8", "int4", "text", "bool", "vector")


class Row(NamedTuple):
    """All vectors of an edit.

    Attributes:
        edit: Its number.
        namespace: Where it is looked for.
        in_force: Whether it may be found.
        embeddings: Float32 bytes of its own wording and then of its rephrasings.
    """

    edit: int
    namespace: str
    in_force: bool
    embeddings: Sequence[bytes]


@dataclass
class Known:
    """What a process has found out and need not ask again with each search.

    Attributes:
        table: Whether the table is there; it never goes.
        sizes: By namespace the memory's last change when it was counted, and the vectors in force,
            at most one above the limit.
        room: By namespace how many vectors may come before it needs a graph, or at least another
            count: half of what was left, since others write, too.
    """

    table: bool = False
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    room: dict[str, int] = field(default_factory=dict)


class Graph(NamedTuple):
    """How vectors of a length go into an HNSW graph.

    Attributes:
        kind: The type that is indexed.
        column: What of a row.
    """

    kind: str
    column: str


def graph_of(dimension: int) -> Graph | None:
    """An HNSW graph holds up to 2000 values, 4000 of half precision, and no longer vectors."""
    if dimension <= 2000:
        return Graph(f"vector({dimension})", "embedding")
    if dimension <= 4000:
        # Scores come from the whole vectors all the same.
        return Graph(f"halfvec({dimension})", f"(embedding::halfvec({dimension}))")
    return None


class VectorTable:
    """The SQL of vectors; what writes is called inside a writing transaction.

    A row tells by itself whether it may be found: a graph can then leave out the others, and
    nothing has to be joined for each candidate.

    Args:
        connection: Whose transaction it is.
        exact_up_to: Above so many vectors in force a namespace needs the graph.
        known: What was found out in earlier transactions.

    Attributes:
        exact_up_to: See above.
    """

    def __init__(self, connection: psycopg.Connection[Any], exact_up_to: int, known: Known) -> None:
        self.exact_up_to = exact_up_to
        self._db, self._known = connection, known

    def exists(self) -> bool:
        """Whether anything was ever added."""
        self._known.table = self._known.table or has_table(self._db, TABLE)
        return self._known.table

    def insert(self, rows: Sequence[Row]) -> None:
        """Writes vectors; the first ones make the table."""
        if not rows:
            return
        if not has_table(self._db, TABLE):
            self._create(TABLE, len(rows[0].embeddings[0]) // 4)
        self._copy(TABLE, rows)

    def move(self, edits: Sequence[int], in_force: bool) -> None:
        """Lets edits be found from now on, or not."""
        if not edits:
            return
        self._db.execute(
            f"UPDATE {TABLE} SET in_force = %s WHERE edit = ANY(%s) AND in_force <> %s",
            (in_force, list(edits), in_force),
        )

    def replace(self, rows: Iterable[Row]) -> None:
        """Writes all vectors anew; they may have another length.

        Who reads meanwhile keeps the old ones: these go when nobody has them any more, and who
        comes then waits for the end of the transaction, since each looks at the facts first.
        """
        rows = list(rows)
        fresh = f"{TABLE}_fresh"
        if rows:
            self._create(fresh, len(rows[0].embeddings[0]) // 4)
            self._copy(fresh, rows)
            for namespace in {row.namespace for row in rows}:
                self._connect(namespace, fresh)
        self._db.execute("LOCK TABLE lte_edit_meta IN ACCESS EXCLUSIVE MODE")
        self._db.execute(f"DROP TABLE IF EXISTS {TABLE}")
        if rows:
            self._db.execute(f"ALTER TABLE {fresh} RENAME TO {TABLE}")

    def grown(self, namespace: str, count: int) -> None:
        """Makes the graph if a namespace needs it by now; it grows by itself from then on."""
        self._known.room[namespace] = self._known.room.get(namespace, 0) - count
        if self._known.room[namespace] <= 0:
            self._known.room[namespace] = self._connect(namespace, TABLE) // 2

    def size(self, namespace: str, change: int) -> int:
        """How many vectors of a namespace may be found, or one more than the limit.

        Args:
            namespace: Which.
            change: The memory's last one.
        """
        then, size = self._known.sizes.get(namespace, (-1, 0))
        if then != change:
            size = self._count(namespace, TABLE)
            self._known.sizes[namespace] = (change, size)
        return size

    def _count(self, namespace: str, table: str) -> int:
        query = f"SELECT count(*) FROM (SELECT FROM {table} WHERE namespace = %s AND in_force "
        return int(self._one(f"{query} LIMIT %s) few", (namespace, self.exact_up_to + 1)))

    def _connect(self, namespace: str, table: str) -> int:
        """Makes the graph if a namespace needs it; returns how many vectors it may still get."""
        dimension = self._dimension(table)
        graph = graph_of(dimension)
        if graph is None or self._has_graph(table):
            return 0
        room = self.exact_up_to - self._count(namespace, table)
        if room >= 0:
            return room
        total = int(self._one(f"SELECT count(*) FROM {table} WHERE in_force"))
        needed = min(_MOST_MEMORY, total * (4 * dimension + 512) // 1000)
        # In this memory it is built many times faster; several processes would need as much of
        # shared memory, which containers are short of.
        self._db.execute(
            "SELECT set_config('maintenance_work_mem', greatest(%s, (SELECT setting::bigint FROM "
            "pg_settings WHERE name = 'maintenance_work_mem'))::text, true), "
            "set_config('max_parallel_maintenance_workers', '0', true), "
            "set_config('statement_timeout', '0', true)",
            (needed,),
        )
        kind = graph.kind.partition("(")[0]
        self._db.execute(
            f"CREATE INDEX ON {table} USING hnsw ({graph.column} {kind}_ip_ops) "
            f"WITH (m = {_LINKS}, ef_construction = {_BUILD}) WHERE in_force"
        )
        return 0

    def _create(self, table: str, dimension: int) -> None:
        # Indexes get names of their own: those of a table that replaces another must differ.
        self._db.execute(f"""
            CREATE TABLE {table} (
                edit bigint NOT NULL REFERENCES lte_edit_edit (number),
                part integer NOT NULL,
                namespace text NOT NULL,
                in_force boolean NOT NULL,
                embedding vector({dimension}) NOT NULL,
                PRIMARY KEY (edit, part)
            );
            CREATE INDEX ON {table} (namespace) WHERE in_force;
        """)

    def _copy(self, table: str, rows: Iterable[Row]) -> None:
        import numpy as np

        query = f"COPY {table} ({', '.join(_COLUMNS)}) FROM STDIN (FORMAT binary)"
        with self._db.cursor() as cursor, cursor.copy(query) as copy:
            copy.set_types(_TYPES)
            for row in rows:
                for part, blob in enumerate(row.embeddings):
                    vector = np.frombuffer(blob, dtype=np.float32)
                    copy.write_row((row.edit, part, row.namespace, row.in_force, vector))

    def _has_graph(self, table: str) -> bool:
        return bool(
            self._one(
                "SELECT EXISTS (SELECT FROM pg_index JOIN pg_class i ON i.oid = indexrelid "
                "JOIN pg_am a ON a.oid = i.relam "
                "WHERE indrelid = %s::regclass AND amname = 'hnsw' AND indisvalid)",
                (table,),
            )
        )

    def _dimension(self, table: str) -> int:
        query = "SELECT atttypmod FROM pg_attribute WHERE attrelid = %s::regclass "
        return int(self._one(f"{query} AND attname = 'embedding'", (table,)))

    def _one(self, query: str, values: Sequence[Any] = ()) -> Any:
        [row] = self._db.execute(query, values)
        return row[0]
