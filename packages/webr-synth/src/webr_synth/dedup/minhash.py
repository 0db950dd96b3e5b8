"""MinHash signatures and their bands (Broder 1997; banding as in Leskovec et al., ch. 3).

Texts of like length are taken together, so that the minimum over a text's shingles is one
elementwise minimum over many texts. A permutation is :math:`h \\to a h` modulo :math:`2^{32}` with
an odd a: enough, since h is mixed already and every candidate is checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from webr_synth.dedup.hashing import mix, odd_numbers
from webr_synth.dedup.sets import Sets, positions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from webr_synth.dedup.hashing import Hashes
    from webr_synth.dedup.shingles import Shingles

_TOGETHER = 256  # texts: their signatures stay in the cache
_AREA = 1 << 20  # hashes in one block at most
_WANTED = 0.985
_SPREAD = np.uint32(0x9E3779B1)  # makes the upper bits of a product depend on all bits


def bands_for(threshold: float, permutations: int) -> tuple[int, int]:
    """How many bands of how many rows: as few candidates as a high recall allows.

    A pair of similarity s meets in at least one of b bands of r rows with the probability
    :math:`1 - (1 - s^r)^b`. The longest rows are taken for which that is at least 0.985 at the
    threshold; more similar pairs meet more surely.

    Returns:
        Bands and rows of a band; their product is at most ``permutations``.
    """
    for rows in range(permutations, 1, -1):
        bands = permutations // rows
        if 1 - (1 - threshold**rows) ** bands >= _WANTED:
            return bands, rows
    return permutations, 1


@dataclass(frozen=True, slots=True)
class Sketch:
    """What texts are compared by.

    Attributes:
        sets: Their shingles.
        keys: The buckets they fall into, uint64 (texts × bands); a key tells its band, too.
        marks: A byte of each value of the signature, uint8 (texts × bands · rows): a
            second opinion on a pair, at the price of a byte.
    """

    sets: Sets
    keys: Hashes
    marks: NDArray[np.uint8]

    def take(self, texts: NDArray[np.int64]) -> Sketch:
        """Those of some texts."""
        return Sketch(self.sets.take(texts), self.keys[texts], self.marks[texts])


class Sketcher:
    """Makes sketches of shingles.

    Args:
        bands: Bands of a signature.
        rows: Rows of a band.
        seed: Chooses the permutations.
    """

    def __init__(self, bands: int, rows: int, seed: int) -> None:
        self.bands, self.rows = bands, rows
        factors = odd_numbers(bands * rows, seed) >> np.uint64(32)
        self._factors = (factors.astype(np.uint32) | np.uint32(1))[:, None]
        self._weights = odd_numbers(rows, seed + 1)[None, :, None]

    def __call__(self, shingles: Shingles) -> Sketch:
        """The sketches of texts."""
        texts = len(shingles.counts)
        order = np.argsort(shingles.counts, kind="stable")
        keys = np.empty((texts, self.bands), np.uint64)
        marks = np.empty((texts, self.bands * self.rows), np.uint8)
        sizes = np.zeros(texts, np.int64)
        parts: list[tuple[NDArray[np.int64], Hashes]] = []
        for chosen in _blocks(order, shingles.counts):
            block = _rows(shingles, chosen)
            signature = self._signature(block)
            keys[chosen] = self._keys(signature)
            marks[chosen] = (signature * _SPREAD >> np.uint32(24)).astype(np.uint8).T
            block.sort(axis=1)
            new = np.ones(block.shape, bool)
            np.not_equal(block[:, 1:], block[:, :-1], out=new[:, 1:])
            sizes[chosen] = new.sum(axis=1)
            parts.append((chosen, block[new]))
        starts = np.concatenate([[0], np.cumsum(sizes)])
        values = np.empty(starts[-1], np.uint64)
        for chosen, distinct in parts:
            values[positions(starts[chosen], sizes[chosen])] = distinct
        return Sketch(Sets(values, starts), keys, marks)

    def _signature(self, block: Hashes) -> NDArray[np.uint32]:
        columns = np.ascontiguousarray((block >> np.uint64(32)).astype(np.uint32).T)
        signature = np.full((self.bands * self.rows, columns.shape[1]), 2**32 - 1, np.uint32)
        permuted = np.empty_like(signature)
        for hashes in columns:
            np.multiply(self._factors, hashes[None, :], out=permuted)
            np.minimum(signature, permuted, out=signature)
        return signature

    def _keys(self, signature: NDArray[np.uint32]) -> Hashes:
        rows = signature.reshape(self.bands, self.rows, -1).astype(np.uint64)
        sums = (rows * self._weights).sum(axis=1, dtype=np.uint64)
        band = mix(np.arange(self.bands, dtype=np.uint64))[:, None]
        return mix(sums + band).T


def _blocks(order: NDArray[np.int64], counts: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    blocks, start = [], 0
    while start < len(order):
        end = min(start + _TOGETHER, len(order))
        while end - start > 1 and (end - start) * counts[order[end - 1]] > _AREA:
            end = start + (end - start) // 2
        blocks.append(order[start:end])
        start = end
    return blocks


def _rows(shingles: Shingles, chosen: NDArray[np.int64]) -> Hashes:
    """Shingles of texts as rows, filled up with each text's last, which changes no set."""
    counts = shingles.counts[chosen][:, None]
    places = np.minimum(np.arange(counts.max()), counts - 1)
    return shingles.values[shingles.first[chosen][:, None] + places]
