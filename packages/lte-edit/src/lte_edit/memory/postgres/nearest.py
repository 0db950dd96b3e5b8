"""Nearest vectors of one namespace: exact up to a size, by pgvector's HNSW graph above it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg

from lte_edit.memory.backend import Found
from lte_edit.memory.postgres.vectors import TABLE, Graph, VectorTable, graph_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lte_edit.encoder import Vectors

    Vector = NDArray[np.float32]

_SEARCH = 100  # candidates; pgvector allows 1000
_MOST = 1000

# The score is written as no index has it, so that all vectors of the namespace are compared.
_EXACT = f"""
SELECT edit, -(embedding <#> %(query)s) AS score, part FROM {TABLE}
WHERE namespace = %(namespace)s AND in_force
ORDER BY score DESC, edit, part LIMIT %(wanted)s
"""


class Search:
    """Looks for vectors inside one transaction.

    Args:
        connection: Whose transaction it is.
        table: Where they are.
    """

    def __init__(self, connection: psycopg.Connection[Any], table: VectorTable) -> None:
        self._db, self._table = connection, table

    def nearest(self, queries: Vectors, k: int, namespace: str, change: int) -> list[list[Found]]:
        """For each query the nearest edits in force, the nearest first, each edit once.

        Args:
            queries: Float32, (queries × dimension).
            k: How many edits at most.
            namespace: Where.
            change: The memory's last one.
        """
        if k < 1 or not len(queries) or not self._table.exists():
            return [[] for _ in queries]
        graph = graph_of(queries.shape[1])
        if graph is None or self._table.size(namespace, change) <= self._table.exact_up_to:
            return [self._widening(_EXACT, query, k, namespace)[0] for query in queries]
        return [self._by_graph(graph, query, k, namespace) for query in queries]

    def _by_graph(self, graph: Graph, query: Vector, k: int, namespace: str) -> list[Found]:
        # A sort would do without the graph, and a namespace's share of it must not run dry.
        self._db.execute(
            "SELECT set_config('enable_sort', 'off', true), "
            "set_config('hnsw.iterative_scan', 'relaxed_order', true), "
            "set_config('hnsw.ef_search', %s, true)",
            (str(min(_MOST, max(_SEARCH, 8 * k))),),
        )
        sql = f"""
            SELECT edit, -(embedding <#> %(query)s) AS score, part FROM {TABLE}
            WHERE namespace = %(namespace)s AND in_force
            ORDER BY {graph.column} <#> %(query)s::{graph.kind} LIMIT %(wanted)s
        """
        found, ended = self._widening(sql, query, k, namespace)
        if ended and len(found) < k:
            # The graph gave up, as it does when the namespace is a small part of it.
            self._db.execute("SET LOCAL enable_sort = on")
            return self._widening(_EXACT, query, k, namespace)[0]
        return found

    def _widening(
        self, sql: str, query: Vector, k: int, namespace: str
    ) -> tuple[list[Found], bool]:
        """The nearest edits, and whether there were no more vectors to see.

        An edit may have several vectors: more are taken until enough edits are among them.
        """
        wanted = 4 * k
        while True:
            values = {"query": query, "namespace": namespace, "wanted": wanted}
            # Each time with a plan of its own: namespaces differ a thousandfold in size.
            rows = self._db.execute(sql, values, prepare=False).fetchall()
            ended = len(rows) < wanted
            rows.sort(key=lambda row: (-row[1], row[0], row[2]))
            first: dict[int, Found] = {}
            for number, score, part in rows:
                first.setdefault(number, (number, score, part))
            if ended or len(first) >= k:
                return list(first.values())[:k], ended
            wanted *= 4
