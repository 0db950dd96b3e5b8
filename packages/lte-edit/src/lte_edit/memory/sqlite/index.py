"""Nearest vectors of one namespace: exact up to a size, by an HNSW graph above it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from lte_edit.memory.backend import Found

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

EXACT_UP_TO = 100_000  # vectors; beyond that a graph is faster and hardly ever wrong
_LINKS, _BUILD, _SEARCH = 16, 100, 256
_AT_ONCE = 64  # queries whose scores are held at the same time


class VectorIndex:
    """Vectors and whose they are; rows are only ever added, and found while they are allowed.

    Args:
        dimension: Of a vector.
        exact_up_to: How many vectors are compared one by one.
    """

    def __init__(self, dimension: int, exact_up_to: int = EXACT_UP_TO) -> None:
        import numpy as np

        self._dimension, self._exact_up_to = dimension, exact_up_to
        self._count = 0
        # Longer than what is in them, so that one more edit does not copy all others.
        self._vectors: Vectors = np.empty((0, dimension), dtype=np.float32)
        self._owners: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._parts: NDArray[np.int32] = np.empty(0, dtype=np.int32)
        self._usable: NDArray[np.bool_] = np.empty(0, dtype=bool)
        self._graph: Any = None

    def __len__(self) -> int:
        return self._count

    def add(self, rows: Sequence[tuple[int, int, bytes]]) -> None:
        """Adds vectors; none may be found before :meth:`allow` says so.

        Args:
            rows: Number of the edit, part, and the vector's bytes (float32). Numbers rise, and
                all are above those of earlier rows.

        Raises:
            ValueError: A vector has another length.
        """
        import numpy as np

        if not rows:
            return
        if any(len(blob) != 4 * self._dimension for _, _, blob in rows):
            raise ValueError(f"a stored vector has not {self._dimension} values")
        start, end = self._count, self._count + len(rows)
        if end > len(self._vectors):
            self.reserve(max(end, self._count * 3 // 2))
        blob = b"".join(each for _, _, each in rows)
        fresh = np.frombuffer(blob, dtype=np.float32).reshape(len(rows), self._dimension)
        self._vectors[start:end] = fresh
        self._owners[start:end] = [owner for owner, _, _ in rows]
        self._parts[start:end] = [part for _, part, _ in rows]
        self._usable[start:end] = False
        self._count = end
        if self._graph is not None:
            self._graph.add(fresh)

    def reserve(self, room: int) -> None:
        """Makes room for so many vectors in all."""
        import numpy as np

        if room <= len(self._vectors):
            return

        def longer(array: Any) -> Any:
            grown = np.empty((room, *array.shape[1:]), dtype=array.dtype)
            grown[: self._count] = array[: self._count]
            return grown

        self._vectors, self._owners = longer(self._vectors), longer(self._owners)
        self._parts, self._usable = longer(self._parts), longer(self._usable)

    def allow(self, numbers: Iterable[int], allowed: bool = True) -> None:
        """Says that edits may be found from now on, or may not; unknown numbers are passed over."""
        import numpy as np

        wanted = np.unique(np.fromiter(numbers, dtype=np.int64))
        owners = self._owners[: self._count]
        first = np.searchsorted(owners, wanted, side="left")
        last = np.searchsorted(owners, wanted, side="right")
        for start, end in zip(first.tolist(), last.tolist(), strict=True):
            self._usable[start:end] = allowed

    def search(self, queries: Vectors, k: int) -> list[list[Found]]:
        """The nearest edits of each query, the nearest first, each edit once.

        Args:
            queries: Float32, (queries × dimension).
            k: How many edits at most.

        Returns:
            For each query: number, score, part.
        """
        import numpy as np

        usable = int(self._usable[: self._count].sum())
        if k < 1 or not usable:
            return [[] for _ in queries]
        if usable > self._exact_up_to:
            return self._by_graph(queries, k, usable)
        found = []
        for start in range(0, len(queries), _AT_ONCE):
            part = queries[start : start + _AT_ONCE]
            scores = self._vectors[: self._count] @ part.T
            scores[~self._usable[: self._count]] = -np.inf
            found += [self._exact(np.ascontiguousarray(line), k, usable) for line in scores.T]
        return found

    def _exact(self, scores: Vectors, k: int, usable: int) -> list[Found]:
        # An edit may have several rows: more are taken until enough edits are among them.
        wanted = min(usable, 4 * k)
        while True:
            rows = _largest(scores, wanted)
            found = self._first_of_each(rows, scores[rows], k)
            if len(found) == k or wanted == usable:
                return found
            wanted = min(usable, 4 * wanted)

    def _by_graph(self, queries: Vectors, k: int, usable: int) -> list[list[Found]]:
        wanted = min(usable, 4 * k)
        found = self._neighbours(queries, k, wanted)
        while wanted < usable:
            # Those whose nearest rows belong to too few edits look further.
            short = [line for line, hits in enumerate(found) if len(hits) < k]
            if not short or wanted > 64 * k:
                break
            wanted = min(usable, 4 * wanted)
            for line, hits in zip(short, self._neighbours(queries[short], k, wanted), strict=True):
                found[line] = hits
        return found

    def _neighbours(self, queries: Vectors, k: int, wanted: int) -> list[list[Found]]:
        import faiss
        import numpy as np

        if self._graph is None:
            graph = faiss.IndexHNSWFlat(self._dimension, _LINKS, faiss.METRIC_INNER_PRODUCT)
            graph.hnsw.efConstruction = _BUILD
            graph.add(self._vectors[: self._count])
            self._graph = graph
        mask = self._usable[: self._count]
        parameters = faiss.SearchParametersHNSW(
            # The less of a graph may be found, the wider it must be searched.
            efSearch=int(max(_SEARCH, 2 * wanted) / mask.mean()),
            sel=faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little")),
        )
        scores, places = self._graph.search(queries, wanted, params=parameters)
        return [
            self._first_of_each(line[line >= 0], near[line >= 0], k)
            for line, near in zip(places, scores, strict=True)
        ]

    def _first_of_each(self, rows: NDArray[np.int64], scores: Vectors, k: int) -> list[Found]:
        found: dict[int, Found] = {}
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
