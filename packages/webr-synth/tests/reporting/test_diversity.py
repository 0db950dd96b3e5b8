"""Measures of diversity, against values known beforehand and slow formulas."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webr_synth.reporting.diversity import (
    distinct,
    mean_distance,
    mean_estimate,
    plane,
    vendi_score,
    word_count,
)


@pytest.mark.parametrize("size", [1, 2, 7, 40])
def test_vendi_of_orthogonal_and_of_equal_vectors(size):
    assert vendi_score(np.eye(size)) == pytest.approx(size)
    assert vendi_score(5 * np.eye(size)) == pytest.approx(size), "length does not count"
    assert vendi_score(np.ones((size, 3))) == pytest.approx(1)
    pairs = np.repeat(np.eye(size), 2, axis=0)
    assert vendi_score(pairs) == pytest.approx(size), "copies add nothing"


def test_vendi_of_two_vectors_at_an_angle():
    """K / 2 has the eigenvalues (1 ± cos) / 2."""
    cosine = np.cos(1.0)
    values = np.array([1 + cosine, 1 - cosine]) / 2
    expected = np.exp(-(values * np.log(values)).sum())
    assert vendi_score(np.array([[1, 0], [cosine, np.sin(1.0)]])) == pytest.approx(expected)


@settings(deadline=None)
@given(st.integers(2, 30), st.integers(1, 12), st.integers(0, 10**6))
def test_vendi_by_the_whole_matrix(texts, dimension, seed):
    vectors = np.random.default_rng(seed).normal(size=(texts, dimension))
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    values = np.linalg.eigvalsh(unit @ unit.T / texts)
    values = values[values > 1e-12]
    score = vendi_score(vectors)
    assert score == pytest.approx(np.exp(-(values * np.log(values)).sum()))
    assert 1 - 1e-9 <= score <= min(texts, dimension) + 1e-9


def test_mean_distance_is_that_of_all_pairs():
    vectors = np.random.default_rng(3).normal(size=(25, 6))
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    pairs = [1 - a @ b for a, b in itertools.combinations(unit, 2)]
    found = mean_distance(vectors, seed=1)
    assert found.value == pytest.approx(np.mean(pairs))
    assert found.low < found.value < found.high
    assert mean_distance(vectors, seed=1) == found
    assert mean_distance(np.ones((4, 2))).value == pytest.approx(0)
    assert mean_distance(np.eye(4)).value == pytest.approx(1)
    assert mean_distance(np.eye(4)).low == pytest.approx(1), "no text is compared with itself"
    assert mean_distance(np.eye(1)) is None


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    """Of points drawn from a known distribution: distances from the mean direction average 1."""
    rng = np.random.default_rng(0)
    inside = 0
    for seed in range(100):
        found = mean_distance(rng.normal(size=(60, 3)), seed)
        inside += found.low <= 1 <= found.high
    assert inside >= 85


def test_mean_estimate():
    found = mean_estimate([1, 2, 3, 4, 100])
    assert found.value == 22
    assert found.low < 22 < found.high
    assert mean_estimate([]) is None
    assert mean_estimate([5]).low == mean_estimate([5]).high == 5


@pytest.mark.parametrize(
    ("texts", "n", "words", "expected"),
    [
        (["a b a b"], 1, None, 2 / 4),
        (["a b a b"], 2, None, 2 / 3),
        (["a b", "a b"], 2, None, 1 / 2),
        (["a b", "b c"], 2, None, 1),
        (["a", "b"], 2, None, None),
        (["a b c", "a"], 1, 3, 1),
        (["a b c", "a"], 1, None, 3 / 4),
        ([""], 1, None, None),
        (["你好你好"], 2, None, 2 / 3),
        (["A b, a B!"], 2, None, 2 / 3),
    ],
)
def test_distinct(texts, n, words, expected):
    assert distinct(texts, n, words) == expected


@given(st.lists(st.text("abc ", max_size=12), max_size=6), st.integers(1, 3))
def test_distinct_is_that_of_sets(texts, n):
    grams = []
    for text in texts:
        words = text.split()
        grams += [tuple(words[at : at + n]) for at in range(len(words) - n + 1)]
    expected = len(set(grams)) / len(grams) if grams else None
    assert distinct(texts, n) == expected


def test_a_seed_below_zero_draws_too():
    numbers = [float(number) for number in range(40)]
    vectors = np.random.default_rng(0).normal(size=(20, 4))
    drawn = [mean_estimate(numbers, seed) for seed in (-1, -1, 1)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert {each.value for each in drawn} == {19.5}
    assert mean_distance(vectors, -1) == mean_distance(vectors, -1) != mean_distance(vectors, 1)


def test_word_count():
    assert word_count(["one two", "", "你好 you"]) == 5


def test_plane_keeps_what_varies_most():
    rng = np.random.default_rng(0)
    angles = rng.uniform(0, 1, 50)
    vectors = np.stack([np.cos(angles), np.sin(angles), np.full(50, 1e-3)], axis=1)
    places = plane(vectors)
    assert places.shape == (50, 2)
    assert places.var(axis=0)[0] > 10 * places.var(axis=0)[1]
    assert abs(np.corrcoef(places[:, 0], angles)[0, 1]) > 0.99
    assert plane(vectors[:1]).tolist() == [[0, 0]]
    assert (plane(vectors.copy()) == places).all()
