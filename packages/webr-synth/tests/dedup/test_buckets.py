"""The hash table, and pairs within a batch, against dictionaries."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from truing_core.errors import TruingError
from webr_synth.dedup import buckets as buckets_module
from webr_synth.dedup import within as within_module
from webr_synth.dedup.buckets import Buckets
from webr_synth.dedup.sets import Sets
from webr_synth.dedup.within import exact_copies, meetings

BANDS = 3


def keys_of(rows):
    """Keys differ by band; a few values, so that they meet, some with equal upper halves."""
    return np.array(
        [[value << 31 | band << 60 for band, value in enumerate(row)] for row in rows], np.uint64
    ).reshape(-1, BANDS)


def meet(one, other):
    return any(left == right for left, right in zip(one, other, strict=True))


ROWS = st.lists(st.tuples(*[st.integers(0, 5)] * BANDS), max_size=12)


def found_in(table, keys):
    """All pairs, rows and texts."""
    parts = list(table.find(keys))
    return [np.concatenate([np.empty(0, int), *each]) for each in zip(*parts, strict=True)] or [
        np.empty(0, int)
    ] * 2


@pytest.mark.parametrize("at_a_time", [1, 1 << 22])
@given(batches=st.lists(ROWS, max_size=4), asked=ROWS)
def test_find(at_a_time, batches, asked):
    table = Buckets(BANDS)
    for batch in batches:
        table.add(keys_of(batch))
    stored = [row for batch in batches for row in batch]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(buckets_module, "_PAIRS", at_a_time)
        patch.setattr(buckets_module, "_ROWS", 2)
        rows, texts = found_in(table, keys_of(asked))
    expected = {
        (at, text)
        for at, row in enumerate(asked)
        for text, other in enumerate(stored)
        if meet(row, other)
    }
    assert set(zip(rows.tolist(), texts.tolist(), strict=True)) == expected
    assert len(rows) == len(expected)
    assert table.keys.tolist() == keys_of(stored).tolist()


def test_it_grows():
    rng = np.random.default_rng(0)
    keys = rng.integers(0, 2**63, (20_000, BANDS), np.uint64)
    table = Buckets(BANDS)
    for start in range(0, len(keys), 900):
        table.add(keys[start : start + 900])
    rows, texts = found_in(table, keys)
    assert rows.tolist() == texts.tolist() == list(range(20_000))
    assert len(found_in(table, keys + np.uint64(1))[0]) == 0


def test_too_many(monkeypatch):
    monkeypatch.setattr(buckets_module, "_MOST", 8)
    table = Buckets(BANDS)
    with pytest.raises(TruingError, match="holds at most 2 texts"):
        table.add(np.zeros((3, BANDS), np.uint64))


@pytest.mark.parametrize("at_a_time", [1, 1 << 22])
@given(rows=ROWS)
def test_meetings(at_a_time, rows):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(within_module, "_PAIRS", at_a_time)
        found = [pair for part in meetings(keys_of(rows)) for pair in zip(*part, strict=True)]
    expected = {(a, b) for a, b in combinations(range(len(rows)), 2) if meet(rows[a], rows[b])}
    assert len(found) == len(set(found))
    assert set(found) == expected


def test_exact_copies():
    values = np.array([1, 2, 3, 1, 2, 4, 1, 2, 3], np.uint64)
    assert exact_copies(Sets(values, np.array([0, 3, 5, 6, 9]))).tolist() == [0, 1, 2, 0]
    assert exact_copies(Sets(values[:0], np.array([0]))).tolist() == []
