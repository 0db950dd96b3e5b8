"""Blocks of texts that know which of them may be near to another one at all.

ROUGE-L F1 of texts of m and n tokens is 2·LCS / (m + n), and their longest common subsequence is
no longer than the number of tokens they share, repeats counted. Shared tokens are counted for a
whole block at once: by adding up rows of bytes for the tokens that many texts have, and through
lists of the texts that have it for every other one. What is left is compared in order of falling
bound until no bound reaches the best value found, which therefore is the exact maximum.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from math import ceil, floor
from typing import TYPE_CHECKING, Any

import numpy as np
from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cdist

from lion_distill.novelty.tokens import Sequenced, numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

BLOCK = 1 << 16  # texts, so that a number within a block takes two bytes
_SHARE, _LEAST, _ROWS = 64, 256, 256  # a token of over 1/64 of the texts has a row: 16 MB at most
_REPEATS = 24  # bits for which occurrence of a token in its text it is
_FALL = 0.87  # from one round of comparisons to the next
_MARGIN = 1e-6  # above the rounding errors of 32 bits
_FEW = 12  # comparing one by one is quicker up to here
_NUMBERS = count()


@dataclass(frozen=True, slots=True)
class Query:
    """A text that is compared with others.

    Attributes:
        text: Its tokens.
        keys: One number for each, the same for the k-th occurrence of the same token in any text.
    """

    text: Sequenced
    keys: Numbers


@dataclass(slots=True)
class Best:
    """The best value so far and the lowest position that has it."""

    value: float = 0.0
    position: int | None = None

    def see(self, values: NDArray[np.float64], positions: Numbers) -> None:
        """Some more."""
        top = float(values.max(initial=0.0))
        if top < self.value or not top:
            return
        position = int(positions[values == top].min())
        if top > self.value or self.position is None or position < self.position:
            self.value, self.position = top, position


@dataclass(slots=True)
class Scratch:
    """Memory a thread uses again and again."""

    bounds: NDArray[np.float32] = field(default_factory=lambda: np.empty(BLOCK, np.float32))
    factors: NDArray[np.float32] = field(default_factory=lambda: np.empty(BLOCK, np.float32))
    factors_of: tuple[int, int] | None = None
    _counts: dict[type, NDArray[Any]] = field(default_factory=dict)

    def counts(self, kind: type) -> NDArray[Any]:
        """Room for a count of each text of a block."""
        if kind not in self._counts:
            self._counts[kind] = np.zeros(BLOCK, kind)
        return self._counts[kind]


class Block:
    """Texts at positions that follow each other.

    Args:
        texts: At most :data:`BLOCK`.
        first: The position of the first.
        hidden: None of them counts before :meth:`show`.
    """

    def __init__(self, texts: Sequence[Sequenced], first: int, *, hidden: bool = False) -> None:
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        order = np.argsort(lengths, kind="stable")
        self.first, self.size = first, len(texts)
        self._number = next(_NUMBERS)
        self._positions = first + order
        self._texts = [texts[at] for at in order.tolist()]
        self._lengths = lengths[order]
        self._sizes = self._lengths.astype(np.float32)
        self._shown: NDArray[np.float32] | None = None
        if hidden:
            self._shown = np.zeros(self.size, np.float32)
            self._slot_of = np.argsort(order)
        self._index(*_occurrences(self._texts, self._lengths))

    def show(self, position: int) -> None:
        """Lets a text count from now on."""
        assert self._shown is not None
        self._shown[self._slot_of[position - self.first]] = 1.0

    def search(self, query: Query, best: Best, scratch: Scratch) -> None:
        """Compares a text with all that might be as near as the best so far, or nearer."""
        length = len(query.text)
        low, high = self._window(length, best.value)
        if not length or low >= high:
            return
        shared = self._shared(query, low, high, scratch)
        bounds = scratch.bounds[low:high]
        np.multiply(shared[low:high], self._factors(length, scratch)[low:high], out=bounds)
        if self._shown is not None:
            bounds *= self._shown[low:high]
        for slots in _rounds(bounds, best):
            self._compare(query.text, slots + low, best)

    def _index(self, keys: Numbers, slots: Numbers) -> None:
        order = np.argsort(keys, kind="stable")
        keys, slots = keys[order], slots[order]
        starts = np.flatnonzero(_starts(keys))
        self._keys = keys[starts]
        ends = np.append(starts[1:], len(keys))
        counts = ends - starts
        frequent = np.flatnonzero(counts >= max(self.size / _SHARE, _LEAST))
        frequent = frequent[np.argsort(-counts[frequent], kind="stable")[:_ROWS]]
        self._rows = np.zeros((len(frequent), self.size), np.uint8)
        for row, at in enumerate(frequent.tolist()):
            self._rows[row, slots[starts[at] : ends[at]]] = 1
        self._row = np.full(len(self._keys), -1, np.int16)
        self._row[frequent] = np.arange(len(frequent))
        listed = self._row < 0
        self._slots = slots[np.repeat(listed, counts)].astype(np.uint16)
        counts[frequent] = 0
        self._ends = np.cumsum(counts)
        self._starts = self._ends - counts

    def _window(self, length: int, best: float) -> tuple[int, int]:
        """The slots whose lengths alone allow as much as the best: F1 <= 2 min / (m + n)."""
        if best <= 0:
            return int(self._lengths.searchsorted(1)), self.size
        ratio = 2 / (best * (1 - _MARGIN)) - 1
        low, high = ceil(length / ratio), floor(length * ratio)
        return (
            int(self._lengths.searchsorted(low, "left")),
            int(self._lengths.searchsorted(high, "right")),
        )

    def _shared(self, query: Query, low: int, high: int, scratch: Scratch) -> NDArray[Any]:
        """How many tokens each text shares with the query; right from low to high."""
        kind = np.uint8 if len(query.text) < 1 << 8 else np.uint32
        shared = scratch.counts(kind)[: self.size]
        shared[low:high] = 0
        at = self._keys.searchsorted(query.keys)
        at[at == len(self._keys)] = 0
        at = at[self._keys[at] == query.keys]
        rows = self._row[at]
        part = shared[low:high]
        for row in rows[rows >= 0].tolist():
            np.add(part, self._rows[row, low:high], out=part)
        listed = at[rows < 0]
        if len(listed):
            spans = zip(self._starts[listed].tolist(), self._ends[listed].tolist(), strict=True)
            slots = np.concatenate([self._slots[start:end] for start, end in spans])
            np.add.at(shared, slots.astype(np.intp), kind(1))
        return shared

    def _factors(self, length: int, scratch: Scratch) -> NDArray[np.float32]:
        factors = scratch.factors[: self.size]
        if scratch.factors_of != (self._number, length):
            np.add(self._sizes, np.float32(length), out=factors)
            np.divide(np.float32(2), factors, out=factors)
            scratch.factors_of = self._number, length
        return factors

    def _compare(self, text: Sequenced, slots: Numbers, best: Best) -> None:
        values = f_values(text, [self._texts[slot] for slot in slots.tolist()])
        best.see(values, self._positions[slots])


def f_values(text: Sequenced, others: Sequence[Sequenced]) -> NDArray[np.float64]:
    """ROUGE-L F1 of a text with each of others, to the last bit as ``rouge_score`` computes it."""
    if len(others) <= _FEW:
        common = np.array([LCSseq.similarity(text, other) for other in others], np.uint32)
    else:
        common = cdist([text], others, scorer=LCSseq.similarity, dtype=np.uint32)[0]
    precision = common / max(len(text), 1)
    recall = common / np.maximum(np.fromiter(map(len, others), np.int64, len(others)), 1)
    both = precision + recall
    both[common == 0] = 1.0
    return np.asarray(2 * precision * recall / both, np.float64)


def query(text: Sequenced) -> Query:
    """A text made ready to be compared."""
    seen: dict[int, int] = {}
    keys = []
    for number in map(ord, text) if isinstance(text, str) else text:
        repeat = seen.get(number, 0)
        seen[number] = repeat + 1
        keys.append(number << _REPEATS | repeat)
    return Query(text, np.array(keys, np.int64))


def _rounds(bounds: NDArray[np.float32], best: Best) -> Iterator[Numbers]:
    """What is worth comparing, the highest bounds first; ``best`` is read after each round."""
    top = float(bounds.max())
    upper = np.inf
    while upper > 0 and top > 0 and top >= best.value * (1 - _MARGIN):
        lower = max(top * (0.9 if upper == np.inf else _FALL), best.value) * (1 - _MARGIN)
        worth = bounds >= lower
        if upper < np.inf:
            worth &= bounds < upper
        yield np.flatnonzero(worth)
        if best.value * (1 - _MARGIN) >= lower:
            return
        top = upper = lower


def _occurrences(texts: Sequence[Sequenced], lengths: Numbers) -> tuple[Numbers, Numbers]:
    """Keys of all tokens, and the numbers of the texts they stand in, ordered by these.

    The first "the" of a text, its second and so on have different keys, so that counting common
    keys counts common tokens with their repeats.
    """
    which = np.repeat(np.arange(len(texts)), lengths)
    packed = np.sort(which << 40 | numbers(texts))
    starts = np.flatnonzero(_starts(packed))
    repeats = np.arange(len(packed)) - np.repeat(starts, np.diff(np.append(starts, len(packed))))
    return (packed & ((1 << 39) - 1)) << _REPEATS | repeats, packed >> 40


def _starts(ordered: Numbers) -> NDArray[np.bool_]:
    """Where runs of equal numbers start."""
    new = np.ones(len(ordered), np.bool_)
    new[1:] = ordered[1:] != ordered[:-1]
    return new
