"""The index against plain sorting, exact and by graph."""

from __future__ import annotations

import numpy as np
import pytest

from lte_edit.memory.sqlite.index import VectorIndex


@pytest.fixture(scope="module")
def vectors():
    drawn = np.random.default_rng(0).normal(size=(3000, 16)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def filled(vectors, owners, **options):
    index = VectorIndex(16, **options)
    rows = [(owner, 0, row.tobytes()) for owner, row in zip(owners, vectors, strict=True)]
    index.add(rows[:1000])
    index.add(rows[1000:])
    return index


def sorted_owners(vectors, owners, query, k, allowed):
    order = np.argsort(-(vectors @ query), kind="stable")
    found = dict.fromkeys(owners[place] for place in order if owners[place] in allowed)
    return list(found)[:k]


def test_exact_is_exact(vectors):
    owners = [n // 3 for n in range(3000)]  # three rows each
    index = filled(vectors, owners)
    allowed = set(range(0, 1000, 2))
    index.allow(allowed)
    queries = vectors[:20]
    for query, found in zip(queries, index.search(queries, 5), strict=True):
        assert [owner for owner, _, _ in found] == sorted_owners(vectors, owners, query, 5, allowed)
        scores = [score for _, score, _ in found]
        assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("every", [1, 2])
def test_the_graph_finds_nearly_the_same(vectors, every):
    owners = list(range(3000))
    exact, graph = filled(vectors, owners), filled(vectors, owners, exact_up_to=500)
    allowed = set(range(0, 3000, every))
    queries = np.random.default_rng(1).normal(size=(50, 16)).astype(np.float32)
    for index in (exact, graph):
        index.allow(allowed)
    pairs = zip(exact.search(queries, 10), graph.search(queries, 10), strict=True)
    shared = [len({o for o, *_ in one} & {o for o, *_ in two}) / 10 for one, two in pairs]
    assert np.mean(shared) >= 0.95
    assert {o for hits in graph.search(queries, 10) for o, *_ in hits} <= allowed


def test_a_graph_grows(vectors):
    index = filled(vectors, list(range(3000)), exact_up_to=100)
    index.allow(set(range(3000)))
    index.search(vectors[:1], 1)
    extra = -vectors[7]
    index.add([(9999, 0, extra.tobytes())])
    index.allow([9999])
    assert index.search(extra[None], 1)[0][0][0] == 9999
    index.allow([9999], False)
    assert index.search(extra[None], 1)[0][0][0] != 9999


def test_nothing_to_find(vectors):
    assert VectorIndex(16).search(vectors[:2], 3) == [[], []]
    index = filled(vectors, list(range(3000)))
    assert index.search(vectors[:1], 3) == [[]]  # nobody was allowed
    index.allow({1, 2})
    assert len(index.search(vectors[:1], 5)[0]) == 2
    assert index.search(vectors[:1], 0) == [[]]
