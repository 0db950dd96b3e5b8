"""How fast is the edit memory with many edits: adding, opening, searching; and how large?

    python benchmarks/edit_memory.py [--edits 100000]

Vectors are random, of length one, from an encoder that costs nothing, so that what is measured is
the memory. Searches are timed one query at a time, exactly and by the HNSW graph.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import sqlite3
import statistics
import tempfile
import time
import zlib
from pathlib import Path

import numpy as np

from lte_edit.edits import Edit
from lte_edit.memory import EditMemory

RESULT = Path(__file__).parent / "results" / "edit_memory.json"
BATCH = 1000


class RandomEncoder:
    """The same vector for the same text."""

    identity = "random"

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension

    def encode(self, texts: list[str]) -> np.ndarray:
        rows = [
            np.random.default_rng(zlib.crc32(text.encode())).normal(size=self.dimension)
            for text in texts
        ]
        vectors = np.array(rows, dtype=np.float32).reshape(len(texts), self.dimension)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def timed(memory: EditMemory, queries: list[str]) -> tuple[float, float, list[list[str]]]:
    """Milliseconds at the median and the 99th percentile, and what was found."""
    times, found = [], []
    for query in queries:
        started = time.perf_counter()
        (hits,) = memory.search([query], 3)
        times.append(1000 * (time.perf_counter() - started))
        found.append([hit.edit.id for hit in hits])
    times.sort()
    return statistics.median(times), times[int(0.99 * len(times))], found


def one_by_one(memory: EditMemory, path: Path, encoder: RandomEncoder) -> tuple[float, float]:
    """Milliseconds of one durable add, and of the next search through another handle."""
    adds, searches = [], []
    with EditMemory.open(path, encoder) as other:
        other.search(["first"])
        for n in range(30):
            fact = Edit(prompt=f"Who leads new firm {n}?", target="Ada")
            begun = time.perf_counter()
            memory.add([fact])
            between = time.perf_counter()
            [[hit]] = other.search([fact.descriptor], 1)
            searches.append(1000 * (time.perf_counter() - between))
            adds.append(1000 * (between - begun))
            assert hit.edit.id == fact.id
    return statistics.median(adds), statistics.median(searches)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edits", type=int, default=100_000)
    parser.add_argument("--dimension", type=int, default=384)
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--no-files", action="store_true", help="print only")
    options = parser.parse_args()
    encoder = RandomEncoder(options.dimension)
    edits = [
        Edit(id=f"e{n}", prompt=f"Who leads firm {n}?", target=f"Person {n}", subject=f"firm {n}")
        for n in range(options.edits)
    ]
    queries = [f"question {n}" for n in range(options.queries)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "edits.sqlite"
        embedding = adding = 0.0
        with EditMemory.open(path, encoder) as memory:
            for start in range(0, len(edits), BATCH):
                part = edits[start : start + BATCH]
                begun = time.perf_counter()
                encoder.encode([edit.descriptor for edit in part])
                between = time.perf_counter()
                memory.add(part)
                embedding += between - begun
                adding += time.perf_counter() - between
        begun = time.perf_counter()
        with EditMemory.open(path, encoder) as memory:
            opening = time.perf_counter() - begun
            begun = time.perf_counter()
            memory.search(["first"])
            first = time.perf_counter() - begun
            exact = timed(memory, queries)
            one, seen = one_by_one(memory, path, encoder)
            size = memory.stats()["bytes"]
        with EditMemory.open(path, encoder, exact_up_to=0) as memory:
            begun = time.perf_counter()
            memory.search(["first"])
            building = time.perf_counter() - begun
            graph = timed(memory, queries)
    pairs = zip(exact[2], graph[2], strict=True)
    recall = statistics.mean(len({*one} & {*two}) / len(one) for one, two in pairs)
    record = {
        "edits": options.edits,
        "dimension": options.dimension,
        "added_a_second": round(options.edits / (adding - embedding)),
        "one_add_ms": {"p50": round(one, 2)},
        "seen_by_another_ms": {"p50": round(seen, 2)},
        "open_s": round(opening, 3),
        "first_search_s": round(first, 3),
        "exact_ms": {"p50": round(exact[0], 2), "p99": round(exact[1], 2)},
        "graph_build_s": round(building, 1),
        "graph_ms": {"p50": round(graph[0], 2), "p99": round(graph[1], 2)},
        "graph_recall_at_3": round(recall, 3),
        "file_mb": round(size / 1e6, 1),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }
    for name, value in record.items():
        print(f"{name:<18} {value}")
    if not options.no_files:
        RESULT.write_text(json.dumps(record, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
