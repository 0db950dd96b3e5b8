"""How fast is the edit memory with many edits: adding, opening, searching; and how large?

    python benchmarks/edit_memory.py [--edits 100000] [--million]

Vectors are made, not embedded, so that what is measured is the memory. They lie as those of texts
do, in clusters: 50 edits share a subject's direction, and a question lies near one of them.
(Vectors without any order, all equally far from each other, are no task for a graph.) Searches are
timed one question at a time, exactly and by the HNSW graph; the graph is judged by the exact hits.

PostgreSQL is the server that LTE_EDIT_TEST_POSTGRES names, else one that is started for this, as
for the tests; without any, its rows are left out. Each row is measured in a process of its own.
``--million`` measures PostgreSQL alone, with a million edits, and takes half an hour.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import multiprocessing
import os
import platform
import re
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from lte_edit.edits import Edit
from lte_edit.memory import EditMemory

HERE = Path(__file__).parent
RESULT = HERE / "results" / "edit_memory.json"
SERVER = HERE.parent / "packages/lte-edit/tests/memory/server.py"
# The disk is waited for, as on any server; the rest is what its manual advises for such tables.
SETTINGS = ("shared_buffers=1GB", "maintenance_work_mem=4GB", "max_wal_size=8GB")
BATCH = 512
NEVER = 1 << 60
A_CLUSTER = 50
MILLION = 1_000_000


class ClusteredEncoder:
    """``… firm N …`` is near other edits of N's cluster; ``Question N`` is near edit N.

    Args:
        edits: How many there are in all.
        dimension: Of vectors, whose length is one.

    Attributes:
        spent: Seconds in here, which are not the memory's.
    """

    identity = "clustered#1"

    def __init__(self, edits: int, dimension: int) -> None:
        self.dimension, self.spent = dimension, 0.0
        shape = (max(1, edits // A_CLUSTER), dimension)
        self._centres = np.random.default_rng(0).normal(size=shape).astype(np.float32)
        self._centres /= np.linalg.norm(self._centres, axis=1, keepdims=True)

    def encode(self, texts: list[str]) -> np.ndarray:
        begun = time.perf_counter()
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for line, text in enumerate(texts):
            number = int(re.search(r"\d+", text)[0])
            vectors[line] = self._near(self._centres[number % len(self._centres)], 0.8, (1, number))
            if text.startswith("Question"):
                vectors[line] = self._near(vectors[line], 0.6, (2, number))
        self.spent += time.perf_counter() - begun
        return vectors

    def _near(self, vector: np.ndarray, distance: float, seed: tuple[int, int]) -> np.ndarray:
        noise = np.random.default_rng(seed).normal(size=self.dimension)
        near = vector + distance * noise / np.linalg.norm(noise)
        return near / np.linalg.norm(near)


def fact(number: int) -> Edit:
    return Edit(
        id=f"e{number}",
        prompt=f"Who leads firm {number}?",
        target=f"Person {number}",
        subject=f"firm {number}",
    )


def percentiles(times: list[float]) -> dict[str, float]:
    """Milliseconds at the median and the 99th percentile."""
    ordered = sorted(times)
    return {
        "p50": round(1000 * statistics.median(ordered), 2),
        "p99": round(1000 * ordered[int(0.99 * len(ordered))], 2),
    }


def peak_rss() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def fill(place: str, edits: int, dimension: int) -> dict[str, Any]:
    """All edits, as an import adds them, and no graph yet."""
    encoder = ClusteredEncoder(edits, dimension)
    with EditMemory.open(place, encoder, exact_up_to=NEVER) as memory:
        begun = time.perf_counter()
        for start in range(0, edits, BATCH):
            memory.add([fact(number) for number in range(start, min(edits, start + BATCH))])
        adding = time.perf_counter() - begun - encoder.spent
    return {"added_a_second": round(edits / adding), "peak_rss_mb": peak_rss()}


def one_by_one(place: str, edits: int, dimension: int, exact_up_to: int | None) -> dict[str, Any]:
    """Edits by themselves, each durable and then seen by another handle."""
    encoder = ClusteredEncoder(edits, dimension)
    options = {"exact_up_to": exact_up_to}
    adds, seen = [], []
    with (
        EditMemory.open(place, encoder, **options) as memory,
        EditMemory.open(place, encoder, **options) as other,
    ):
        other.search(["Question 1"])  # the first one reads all there is
        for number in range(50):
            extra = Edit(prompt=f"Who leads the new firm {edits + number}?", target="Ada")
            begun = time.perf_counter()
            memory.add([extra])
            between = time.perf_counter()
            [hits] = other.search([extra.descriptor], 3)
            seen.append(time.perf_counter() - between)
            adds.append(between - begun)
            assert extra.id in {hit.edit.id for hit in hits}
    return {"one_add_ms": percentiles(adds), "seen_by_another_ms": percentiles(seen)}


def search(place: str, edits: int, dimension: int, count: int, exact_up_to: int) -> dict[str, Any]:
    """Opens the memory and asks questions."""
    encoder = ClusteredEncoder(edits, dimension)
    numbers = np.random.default_rng(7).integers(0, edits, count).tolist()
    begun = time.perf_counter()
    with EditMemory.open(place, encoder, exact_up_to=exact_up_to) as memory:
        opening = time.perf_counter() - begun
        begun = time.perf_counter()
        memory.search(["Question 1"])
        first = time.perf_counter() - begun
        times, found = [], []
        for number in numbers:
            encoder.spent = 0.0
            begun = time.perf_counter()
            [hits] = memory.search([f"Question {number}"], 3)
            times.append(time.perf_counter() - begun - encoder.spent)
            found.append([hit.edit.id for hit in hits])
        size = memory.stats()["bytes"]
    return {
        "open_s": round(opening, 3),
        "first_search_s": round(first, 3),
        "search_ms": percentiles(times),
        "size_mb": round(size / 1e6, 1),
        "peak_rss_mb": peak_rss(),
        "found": found,
    }


def build(place: str, edits: int, dimension: int) -> dict[str, Any]:
    """PostgreSQL's graph is made by the first add through a handle that wants one."""
    encoder = ClusteredEncoder(edits, dimension)
    with EditMemory.open(place, encoder, exact_up_to=0) as memory:
        begun = time.perf_counter()
        memory.add([fact(edits)])
        return {"graph_build_s": round(time.perf_counter() - begun, 1)}


def grow(place: str, edits: int, dimension: int) -> dict[str, Any]:
    """An import into a memory that has its graph."""
    encoder = ClusteredEncoder(edits, dimension)
    with EditMemory.open(place, encoder) as memory:
        begun = time.perf_counter()
        for start in range(edits + 1, edits + 1 + 4 * BATCH, BATCH):
            memory.add([fact(number) for number in range(start, start + BATCH)])
        growing = time.perf_counter() - begun - encoder.spent
    return {"added_a_second": round(4 * BATCH / growing)}


def apart(work: Callable[..., dict[str, Any]], *arguments: Any) -> dict[str, Any]:
    """A measurement in a process of its own, so that its memory is its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        result: dict[str, Any] = pool.apply(work, arguments)
    return result


def recall(exact: dict[str, Any], graph: dict[str, Any]) -> float:
    """Share of the three nearest that the graph finds; both lists are taken out of the rows."""
    pairs = zip(exact.pop("found"), graph.pop("found"), strict=True)
    return round(statistics.mean(len({*one} & {*two}) / len(one) for one, two in pairs), 4)


def sqlite_rows(edits: int, dimension: int, count: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        memory = (str(Path(folder) / "edits.sqlite"), edits, dimension)
        filled = apart(fill, *memory)
        exact = apart(search, *memory, count, NEVER)
        graph = apart(search, *memory, count, 0)
        single = apart(one_by_one, *memory, NEVER)
    graph["graph_build_s"] = graph.pop("first_search_s")  # it is built in memory, when first asked
    graph["recall_at_3"] = recall(exact, graph)
    return {"adding": {**filled, **single}, "exact": exact, "hnsw": graph}


def postgres_rows(url: str, edits: int, dimension: int, count: int) -> dict[str, Any]:
    with fresh_database(url) as place:
        memory = (place, edits, dimension)
        filled = apart(fill, *memory)
        without = apart(search, *memory, 1, NEVER)["size_mb"]
        built = apart(build, *memory)
        exact = apart(search, *memory, count, NEVER) | {"size_mb": without}
        graph = apart(search, *memory, count, 0)
        grown, single = apart(grow, *memory), apart(one_by_one, *memory, None)
    graph["recall_at_3"] = recall(exact, graph)
    return {"adding": filled, "exact": exact, "hnsw": {**built, **graph, **grown, **single}}


@contextmanager
def postgres_server() -> Iterator[str | None]:
    """The URL of the named server, or of one of its own; ``None`` where there is none."""
    spec = importlib.util.spec_from_file_location("postgres_server", SERVER)
    assert spec is not None
    assert spec.loader is not None
    server = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(server)
    if url := os.environ.get(server.VARIABLE):
        yield url
        return
    try:
        server.programs()
    except SystemExit as reason:
        print(f"without PostgreSQL: {reason}", file=sys.stderr)
        yield None
        return
    with server.served(SETTINGS) as url:
        yield url


@contextmanager
def fresh_database(url: str) -> Iterator[str]:
    import psycopg

    name = f"lte_bench_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
        try:
            yield re.sub(r"/[^/?]*(\?|$)", rf"/{name}\1", url)
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def versions(url: str | None) -> dict[str, Any]:
    found = {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "sqlite_version": sqlite3.sqlite_version,
    }
    if url is None:
        return found
    import psycopg

    with psycopg.connect(url) as connection:
        query = "SELECT default_version FROM pg_available_extensions WHERE name = 'vector'"
        [(pgvector,)] = connection.execute(query)
        [(buffers,)] = connection.execute("SHOW shared_buffers")
        [(version,)] = connection.execute("SHOW server_version")
    return {
        **found,
        "postgres_version": version,
        "pgvector_version": pgvector,
        "shared_buffers": buffers,
    }


def million_by_arithmetic(rows: dict[str, Any], edits: int) -> dict[str, Any]:
    """What the measured rows come to: a graph's build and steps grow by n log n and log n."""
    times = MILLION / edits
    steps = math.log(MILLION) / math.log(edits)
    graph = rows["hnsw"]
    return {
        "computed_not_measured": True,
        "adding_min": round(MILLION / rows["adding"]["added_a_second"] / 60, 1),
        "graph_build_min": round(graph["graph_build_s"] * times * steps / 60, 1),
        "search_ms": {name: round(ms * steps, 2) for name, ms in graph["search_ms"].items()},
        "size_gb": round(graph["size_mb"] * times / 1000, 2),
    }


def show(record: dict[str, Any], depth: int = 0) -> None:
    for name, value in record.items():
        if isinstance(value, dict) and set(value) != {"p50", "p99"}:
            print(f"{'  ' * depth}{name}")
            show(value, depth + 1)
        else:
            print(f"{'  ' * depth}{name:<22} {value}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edits", type=int, default=100_000)
    parser.add_argument("--dimension", type=int, default=384)
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--million", action="store_true", help="PostgreSQL with a million edits")
    parser.add_argument("--no-files", action="store_true", help="print only")
    options = parser.parse_args()
    before = json.loads(RESULT.read_text("utf-8")) if RESULT.exists() else {}
    with postgres_server() as url:
        if options.million:
            if url is None:
                sys.exit(1)
            rows = postgres_rows(url, MILLION, options.dimension, 100)
            record = {**before, "million": {**rows, **versions(url)}}
        else:
            sizes = (options.edits, options.dimension, options.queries)
            record = {"edits": options.edits, "dimension": options.dimension}
            record["sqlite"] = sqlite_rows(*sizes)
            if url is not None:
                record["postgres"] = postgres_rows(url, *sizes)
                computed = million_by_arithmetic(record["postgres"], options.edits)
                measured = before.get("million", {})
                record["million"] = measured if "hnsw" in measured else computed
            record |= versions(url)
    show(record)
    if not options.no_files:
        RESULT.write_text(json.dumps(record, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
