"""Nearest vectors of one namespace: exact up to a size, by an HNSW graph above it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lte_edit.edits import Edit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

EXACT_UP_TO = 100_000  # vectors; beyond that a graph is faster and hardly ever wrong
_LINKS, _BUILD, _SEARCH = 32, 200, 128


@dataclass(frozen=True)
class Hit:
    """An edit that was found.

    Attributes:
        edit: It.
        score: Dot product of its vector and the query's.
        part: 0 if its own wording is nearest, n for its n-th rephrasing.
    """

    edit: Edit
    score: float
    part: int


class VectorIndex:
    """Vectors and whose they are; rows are only ever added, and found while they are allowed.

    Args:
        dimension: Of a vector.
        exact_up_to: How many vectors are compared one by one.
    """

    def __init__(self, dimension: int, exact_up_to: int = EXACT_UP_TO) -> None:
        import numpy as np

        self._dimension, self._exact_up_to = dimension, exact_up_to
        self._vectors: Vectors = np.empty((0, dimension), dtype=np.float32)
        self._owners: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._parts: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._usable: NDArray[np.bool_] = np.empty(0, dtype=bool)
        self._graph: Any = None

    def __len__(self) -> int:
        return len(self._vectors)

    def add(self, rows: Sequence[tuple[int, int, bytes]]) -> None:
        """Adds vectors; none may be found before :meth:`allow` says so.

        Args:
            rows: Number of the edit, part, and the vector's bytes (float32).
        """
        import numpy as np

        if not rows:
            return
        blob = b"".join(each for _, _, each in rows)
        fresh = np.frombuffer(blob, dtype=np.float32).reshape(len(rows), self._dimension)
        self._vectors = np.concatenate([self._vectors, fresh])
        self._owners = np.concatenate([self._owners, [owner for owner, _, _ in rows]])
        self._parts = np.concatenate([self._parts, [part for _, part, _ in rows]])
        self._usable = np.concatenate([self._usable, np.zeros(len(rows), dtype=bool)])
        if self._graph is not None:
            self._graph.add(fresh)

    def allow(self, numbers: set[int]) -> None:
        """Says which edits may be found from now on."""
        import numpy as np

        allowed = np.fromiter(numbers, dtype=np.int64, count=len(numbers))
        self._usable = np.isin(self._owners, allowed)

    def search(self, queries: Vectors, k: int) -> list[list[tuple[int, float, int]]]:
        """The nearest edits of each query, the nearest first, each edit once.

        Args:
            queries: Float32, (queries × dimension).
            k: How many edits at most.

        Returns:
            For each query: number, score, part.
        """
        if k < 1 or not self._usable.any():
            return [[] for _ in queries]
        if int(self._usable.sum()) <= self._exact_up_to:
            return [self._exact(query, k) for query in queries]
        return self._by_graph(queries, k)

    def _exact(self, query: Vectors, k: int) -> list[tuple[int, float, int]]:
        import numpy as np

        scores = self._vectors @ query
        scores[~self._usable] = -np.inf
        most = int(self._usable.sum())
        # An edit may have several rows: more are taken until enough edits are among them.
        wanted = min(most, 4 * k)
        while True:
            rows = _largest(scores, wanted)
            found = self._first_of_each(rows, scores[rows], k)
            if len(found) == k or wanted == most:
                return found
            wanted = min(most, 4 * wanted)

    def _by_graph(self, queries: Vectors, k: int) -> list[list[tuple[int, float, int]]]:
        import faiss
        import numpy as np

        if self._graph is None:
            graph = faiss.IndexHNSWFlat(self._dimension, _LINKS, faiss.METRIC_INNER_PRODUCT)
            graph.hnsw.efConstruction = _BUILD
            graph.add(self._vectors)
            self._graph = graph
        parameters = faiss.SearchParametersHNSW(
            # The less of a graph may be found, the wider it must be searched.
            efSearch=int(max(_SEARCH, 8 * k) / self._usable.mean()),
            sel=faiss.IDSelectorBitmap(np.packbits(self._usable, bitorder="little")),
        )
        scores, places = self._graph.search(queries, 4 * k, params=parameters)
        return [
            self._first_of_each(line[line >= 0], near[line >= 0], k)
            for line, near in zip(places, scores, strict=True)
        ]

    def _first_of_each(
        self, rows: NDArray[np.int64], scores: Vectors, k: int
    ) -> list[tuple[int, float, int]]:
        found: dict[int, tuple[int, float, int]] = {}
        for row, score in zip(rows.tolist(), scores.tolist(), strict=True):
            owner = int(self._owners[row])
            if owner not in found:
                found[owner] = (owner, score, int(self._parts[row]))
                if len(found) == k:
                    break
        return list(found.values())


def _largest(scores: Vectors, count: int) -> NDArray[np.int64]:
    """Places of the largest, the largest first; of equals, the earlier one first."""
    import numpy as np

    if count < len(scores):
        limit = np.partition(scores, -count)[-count]
        places = np.flatnonzero(scores >= limit)
    else:
        places = np.arange(len(scores))
    order = np.argsort(-scores[places], kind="stable")
    best: NDArray[np.int64] = places[order][:count]
    return best
