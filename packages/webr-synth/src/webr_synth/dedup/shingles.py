"""What two texts are compared by: runs of words, or token ids.

A text of fewer words than a shingle has is one shingle as a whole, so that "Say hello." and "say
hello" are the same, and "say hello" is like no longer text. A text without any word ("???") is
compared by its characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from webr_synth.dedup.hashing import NEVER, mix, odd_numbers
from webr_synth.dedup.tokens import tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from webr_synth.dedup.hashing import Hashes

_ORDER_SEED = 0x5EED  # a word's place in its shingle counts


@dataclass(frozen=True, slots=True)
class Shingles:
    """The shingles of many texts, unsorted and with repetitions.

    Attributes:
        values: All hashes, uint64.
        first: Where each text's begin, int64 (texts).
        counts: How many it has, at least 1, int64 (texts).
    """

    values: Hashes
    first: NDArray[np.int64]
    counts: NDArray[np.int64]


def word_shingles(texts: Sequence[str], words: int) -> Shingles:
    """Runs of so many words."""
    hashes, counts = tokens(texts)
    starts = np.cumsum(counts) - counts
    weights = odd_numbers(words + 1, _ORDER_SEED)
    runs = max(len(hashes) - words + 1, 0)
    values = np.zeros(runs, np.uint64)
    for place in range(words):
        values += hashes[place : place + runs] * weights[place]
    short = np.flatnonzero(counts < words)
    whole = counts[short].astype(np.uint64) * weights[words]  # its length tells it from a run
    for place in range(words - 1):
        longer = counts[short] > place
        whole[longer] += hashes[starts[short[longer]] + place] * weights[place]
    for at in np.flatnonzero(counts[short] == 0):
        whole[at] = _of_characters(texts[short[at]])
    first, number = starts.copy(), counts - words + 1
    first[short], number[short] = runs + np.arange(len(short)), 1
    return Shingles(_usable(np.concatenate([values, whole])), first, number)


def id_shingles(ids: Sequence[Sequence[int]]) -> Shingles:
    """Single token ids, as the authors compare; a text without any is like its own kind only."""
    rows = [row if len(row) else (-1,) for row in ids]
    counts = np.fromiter(map(len, rows), np.int64, len(rows))
    flat = np.concatenate([np.empty(0, np.int64), *(np.asarray(row, np.int64) for row in rows)])
    return Shingles(_usable(flat.view(np.uint64)), np.cumsum(counts) - counts, counts)


def _usable(values: Hashes) -> Hashes:
    return np.minimum(mix(values), NEVER - np.uint64(1))


def _of_characters(text: str) -> int:
    normal = " ".join(text.split()).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(normal, digest_size=8).digest(), "little")
