"""The graph: when it is there, that it is used, and that it finds what there is."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("psycopg", reason="needs lte-edit[postgres]")

from lte_edit.edits import Edit
from lte_edit.memory.postgres.vectors import graph_of

GRAPHS = "SELECT indexdef FROM pg_indexes WHERE indexdef LIKE '%hnsw%'"
SCANS = (
    "SELECT s.idx_scan FROM pg_stat_user_indexes s JOIN pg_indexes i ON i.indexname = "
    "s.indexrelname WHERE indexdef LIKE '%hnsw%'"
)


class Clustered:
    """Texts ``CLUSTER.NUMBER …`` are near their cluster's centre; vectors have length one."""

    def __init__(self, dimension, identity="clustered#1"):
        self.identity, self.dimension = identity, dimension
        self.centres = np.random.default_rng(0).normal(size=(100, dimension))

    def encode(self, texts):
        names = [text.split()[0] for text in texts]
        rows = [
            self.centres[int(name.split(".")[0])]
            + np.random.default_rng(int(name.replace(".", ""))).normal(size=self.dimension) / 2
            for name in names
        ]
        vectors = np.array(rows, dtype=np.float32).reshape(len(texts), self.dimension)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def facts(count, namespace="default", clusters=100):
    return [
        Edit(id=f"{namespace}{n}", prompt=f"{n % clusters}.{n} {n}", target=namespace,
             namespace=namespace)
        for n in range(count)
    ]  # fmt: skip


def ids(hits):
    return [hit.edit.id for hit in hits]


def test_the_graph_comes_when_a_namespace_needs_it(open_memory, sql):
    memory = open_memory(with_encoder=Clustered(16), exact_up_to=100)
    memory.add(facts(60))
    memory.add(facts(60, "team"))
    assert sql(GRAPHS) == []
    memory.search("1.1")
    memory.add([Edit(prompt=f"9.{n}", target="x") for n in range(41)])
    [(graph,)] = sql(GRAPHS)
    assert "vector_ip_ops" in graph
    assert graph.endswith("WHERE in_force")
    memory.search("1.1")
    memory.close()
    [(scans,)] = sql(SCANS)
    assert scans == 1


def test_the_graph_finds_nearly_all(open_memory, sql):
    encoder = Clustered(64)
    graph = open_memory(with_encoder=encoder, exact_up_to=500)
    graph.add(facts(3000))
    exact = open_memory(with_encoder=encoder, exact_up_to=5000)
    queries = [f"{n}.{n}7" for n in range(1, 60)]
    for one, two in zip(exact.search(queries, 10), graph.search(queries, 10), strict=True):
        assert len({*ids(one)} & {*ids(two)}) >= 8
        assert ids(one)[0] == ids(two)[0]
    graph.close()
    exact.close()
    assert sql(SCANS) == [(59,)]


def test_a_small_namespace_is_not_starved(open_memory):
    memory = open_memory(with_encoder=Clustered(16), exact_up_to=50)
    memory.add(facts(3000))
    # Far from where the queries are, and few.
    memory.add(facts(60, "team", clusters=3))
    memory.add(facts(20, "tiny"))
    for namespace, count in (("team", 60), ("tiny", 20)):
        [hits] = memory.search(["77.7"], 55, namespace=namespace)
        assert len(hits) == min(55, count)
        assert {hit.edit.namespace for hit in hits} == {namespace}


def test_what_is_out_of_force_is_out_of_the_graph(open_memory, fact):
    memory = open_memory(with_encoder=Clustered(16), exact_up_to=20)
    memory.add(facts(200))
    memory.remove([f"default{n}" for n in range(0, 200, 2)])
    [hits] = memory.search(["3.3"], 100)
    assert sorted(ids(hits)) == sorted(f"default{n}" for n in range(1, 200, 2))
    memory.rollback(to_change=1)
    assert ids(memory.search(["4.4 4 default"], 1)[0]) == ["default4"]


def test_how_long_vectors_may_be(open_memory, sql):
    assert graph_of(2000) == ("vector(2000)", "embedding")
    assert graph_of(4001) is None
    for dimension, kind in ((2500, "halfvec_ip_ops"), (4100, None)):
        memory = open_memory(f"d{dimension}", Clustered(dimension), exact_up_to=20)
        memory.add(facts(60))
        [[hit]] = memory.search(["7.7"], 1)
        assert (hit.edit.id, hit.score) == ("default7", pytest.approx(1, abs=1e-5))
        graphs = sql(GRAPHS, name=f"d{dimension}")
        assert len(graphs) == (kind is not None)
        assert all(kind in graph for (graph,) in graphs)


def test_reembedding_makes_the_graph_anew(open_memory, sql):
    memory = open_memory(with_encoder=Clustered(16), exact_up_to=50)
    memory.add(facts(120))
    memory.remove(["default5"])
    for turn, dimension in enumerate((32, 32, 8)):
        assert memory.reembed(Clustered(dimension, f"clustered#{turn + 2}")) == 120
        assert len(sql(GRAPHS)) == 1
        assert ids(memory.search(["7.7"], 1)[0]) == ["default7"]
        assert "default5" not in ids(memory.search(["5.5"], 119)[0])
    assert memory.counts()["vectors"] == 120
