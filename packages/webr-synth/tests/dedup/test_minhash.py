"""Signatures, their bands, and exact similarity."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webr_synth.dedup import jaccard as jaccard_module
from webr_synth.dedup.jaccard import jaccard, likely
from webr_synth.dedup.minhash import Sketcher, bands_for
from webr_synth.dedup.sets import GrowingRows, GrowingSets, Sets
from webr_synth.dedup.shingles import id_shingles


def sketch(rows, bands=25, height=5, seed=0):
    found = Sketcher(bands, height, seed)(id_shingles(rows))
    return found.sets, found.keys


@pytest.mark.parametrize(
    ("threshold", "permutations", "expected"),
    [(0.7, 128, (25, 5)), (0.9, 128, (12, 10)), (0.5, 128, (42, 3)), (0.7, 1, (1, 1))],
)
def test_bands(threshold, permutations, expected):
    bands, rows = bands_for(threshold, permutations)
    assert (bands, rows) == expected
    if permutations > 1:
        assert 1 - (1 - threshold**rows) ** bands >= 0.985
        longer = permutations // (rows + 1)
        assert 1 - (1 - threshold ** (rows + 1)) ** longer < 0.985


@pytest.mark.parametrize("similarity", [0.2, 0.5, 0.7, 0.9])
def test_as_many_signatures_agree_as_theory_says(similarity):
    """With bands of one row each, two texts share a key with the probability of their Jaccard."""
    rng = np.random.default_rng(1)
    shared = round(60 * similarity)
    agreed = []
    for _ in range(40):
        ids = rng.integers(0, 2**60, 120 - shared)
        half = (len(ids) - shared) // 2
        rows = ids[: shared + half], np.concatenate([ids[:shared], ids[shared + half :]])
        _, keys = sketch(rows, bands=128, height=1)
        agreed.append((keys[0] == keys[1]).mean())
        exact = shared / len(ids)
    assert np.mean(agreed) == pytest.approx(exact, abs=0.02)


@given(st.lists(st.lists(st.integers(0, 30), max_size=20), min_size=1, max_size=12))
def test_sets_are_sorted_and_keys_do_not_depend_on_order_or_company(rows):
    sets, keys = sketch(rows)
    for at, row in enumerate(rows):
        own = sets.one(at)
        assert len(own) == max(len(set(row)), 1)
        assert (np.diff(own.astype(object)) > 0).all()
        alone, key = sketch([row[::-1] * 2])
        assert alone.values.tolist() == own.tolist()
        assert key[0].tolist() == keys[at].tolist()


def test_equal_sets_meet_in_all_bands_and_other_seeds_give_other_keys():
    _, keys = sketch([[1, 2, 3], [3, 2, 1, 1], [4, 5, 6]])
    assert (keys[0] == keys[1]).all()
    assert not (keys[0] == keys[2]).any()
    _, others = sketch([[1, 2, 3]], seed=1)
    assert not (keys[0] == others[0]).any()


@given(
    st.lists(st.sets(st.integers(0, 12), min_size=1), min_size=1, max_size=8),
    st.integers(4, 200),
    st.floats(0.01, 1),
)
def test_jaccard_is_that_of_python_sets(rows, area, threshold):
    sets, _ = sketch([list(row) for row in rows])
    first, second = (each.reshape(-1) for each in np.indices((len(rows), len(rows))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jaccard_module, "_AREA", area)
        found = jaccard(sets, sets, (first, second), threshold)
    for one, other, value in zip(first, second, found, strict=True):
        exact = len(rows[one] & rows[other]) / len(rows[one] | rows[other])
        assert value == (exact if value else 0)
        assert value == exact or exact < threshold


def test_marks_are_bytes_of_the_signature():
    rows = [[1, 2, 3], [3, 2, 1], [7, 8, 9]]
    marks = Sketcher(25, 5, 0)(id_shingles(rows)).marks
    assert marks.shape == (3, 125)
    assert marks.dtype == np.uint8
    assert (marks[0] == marks[1]).all()
    assert (marks[0] == marks[2]).mean() < 0.1


@pytest.mark.parametrize(("shared", "kept"), [(49, True), (10, False), (60, True)])
def test_likely_lets_go_what_lies_far_below_the_threshold(shared, kept):
    """Of sets with 60 ids each; 49 shared ones are a similarity of 0.69."""
    rng = np.random.default_rng(0)
    ids = rng.integers(0, 2**60, (200, 120 - shared))
    first, second = ids[:, :60].tolist(), np.roll(ids, shared - 60, axis=1)[:, :60].tolist()
    sketcher = Sketcher(25, 5, 0)
    left, right = (sketcher(id_shingles(rows)).marks for rows in (first, second))
    every = np.arange(200)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jaccard_module, "_MARKS", 1000)
        found = likely(left, right, (every, every), 0.7)
    assert found.mean() >= 0.995 if kept else found.mean() == 0


def test_growing_sets():
    sets, _ = sketch([list(range(n + 1)) for n in range(100)])
    growing = GrowingSets()
    for _ in range(40):
        growing.add(sets)
    every = growing.all()
    assert len(every.sizes) == 4000
    assert every.sizes.tolist() == list(range(1, 101)) * 40
    assert every.one(3999).tolist() == sets.one(99).tolist()
    assert isinstance(every, Sets)
    assert every.take(np.array([299, 0])).values.tolist() == [*sets.one(99), *sets.one(0)]


def test_growing_rows():
    growing = GrowingRows(3, np.uint8)
    for start in range(0, 900, 90):
        growing.add(np.arange(start, start + 90, dtype=np.uint16).reshape(-1, 3).astype(np.uint8))
    assert growing.all().shape == (300, 3)
    assert growing.all().reshape(-1).tolist() == [number % 256 for number in range(900)]
