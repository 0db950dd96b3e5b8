"""How unlike each other texts are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from webr_synth.dedup.hashing import odd_numbers
from webr_synth.dedup.tokens import tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32] | NDArray[np.float64]

_RESAMPLES = 400


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


def distinct(texts: Sequence[str], n: int, words: int | None = None) -> float | None:
    """distinct-n (Li et al., 2016): different n-grams of words over all n-grams.

    Args:
        texts: The texts; n-grams do not reach from one into the next.
        n: Length of an n-gram.
        words: Count in the first so many words only: the more words, the lower the figure, so
            data sets are to be compared over the same number.

    Returns:
        A share; ``None`` if no text is long enough.
    """
    hashes, counts = tokens(texts)
    texts_of = np.repeat(np.arange(len(counts)), counts)[:words]
    hashes = hashes[:words]
    runs = len(hashes) - n + 1
    if runs < 1:
        return None
    weights = odd_numbers(n, n)
    grams = np.zeros(runs, np.uint64)
    for place in range(n):
        grams += hashes[place : place + runs] * weights[place]
    grams = grams[texts_of[:runs] == texts_of[n - 1 :]]
    return len(np.unique(grams)) / len(grams) if len(grams) else None


def word_count(texts: Sequence[str]) -> int:
    """Words of all texts."""
    return int(tokens(texts)[1].sum())


def vendi_score(vectors: Vectors) -> float:
    """The Vendi score (Friedman and Dieng, 2023): the effective number of different texts.

    It is the exponential of the entropy of the eigenvalues of K / n, where K is the n by n matrix
    of cosine similarities: n for vectors at right angles to each other, 1 for equal ones.

    Args:
        vectors: (texts × dimension).
    """
    unit = _unit(vectors)
    # The smaller of the two Gram matrices has the same eigenvalues above zero.
    gram = unit @ unit.T if len(unit) <= unit.shape[1] else unit.T @ unit
    values = np.linalg.eigvalsh(gram / len(unit))
    values = values[values > 1e-12]
    return float(np.exp(-(values * np.log(values)).sum()))


def mean_distance(vectors: Vectors, seed: int = 0) -> Estimate | None:
    """The mean cosine distance of two different texts, over all pairs.

    In the bootstrap a text that is drawn twice does not count as a pair with itself.

    Args:
        vectors: (texts × dimension).
        seed: Of the bootstrap.

    Returns:
        ``None`` if there are fewer than two texts.
    """
    if len(vectors) < 2:
        return None
    unit = _unit(vectors)
    ones = np.ones((1, len(unit)))
    draws = _generator(seed).multinomial(
        len(unit), np.full(len(unit), 1 / len(unit)), size=_RESAMPLES
    )
    value = _weighted(unit, ones)[0]
    resampled = _weighted(unit, draws.astype(np.float64))
    low, high = np.nanquantile(resampled, [0.025, 0.975])
    return Estimate(float(value), float(low), float(high))


def mean_estimate(numbers: Sequence[float], seed: int = 0) -> Estimate | None:
    """The mean with its bootstrap interval; ``None`` of nothing."""
    if not numbers:
        return None
    values = np.asarray(numbers, np.float64)
    rng = _generator(seed)
    means = [values[rng.integers(0, len(values), len(values))].mean() for _ in range(_RESAMPLES)]
    low, high = np.quantile(means, [0.025, 0.975])
    return Estimate(float(values.mean()), float(low), float(high))


def _generator(seed: int) -> np.random.Generator:
    """NumPy takes no seed below zero, and other draws do."""
    return np.random.default_rng(seed % 2**64)


def _weighted(unit: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    squares = (weights**2).sum(axis=1)
    sums = weights @ unit
    lengths = (unit**2).sum(axis=1)  # 1, but 0 for texts that no vector stands for
    similar = (sums**2).sum(axis=1) - weights**2 @ lengths
    pairs = weights.sum(axis=1) ** 2 - squares
    return np.asarray(1 - similar / np.where(pairs > 0, pairs, np.nan))


def _unit(vectors: Vectors) -> NDArray[np.float64]:
    exact = vectors.astype(np.float64)
    lengths = np.linalg.norm(exact, axis=1, keepdims=True)
    return np.asarray(exact / np.where(lengths > 0, lengths, 1))


def plane(vectors: Vectors) -> NDArray[np.float64]:
    """The two directions of greatest variance (PCA), float64 (texts × 2); zeros fill up."""
    centred = _unit(vectors)
    centred = centred - centred.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    axes = axes[:2]
    # The sign of an axis is arbitrary: its largest part shall be positive.
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
    places = centred @ (axes * signs[:, None]).T
    return np.pad(places, ((0, 0), (0, 2 - places.shape[1])))
