"""Near-duplicates among texts that come batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from truing_core.errors import UsageError
from webr_synth.dedup.buckets import Buckets
from webr_synth.dedup.jaccard import jaccard, likely
from webr_synth.dedup.minhash import Sketch, Sketcher, bands_for
from webr_synth.dedup.sets import GrowingRows, GrowingSets, Sets
from webr_synth.dedup.shingles import Shingles, id_shingles, word_shingles
from webr_synth.dedup.within import exact_copies, meetings

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TEXTS, _CHARACTERS = 8192, 1 << 23  # hashed in one step, at most
_MATCHED = 1024  # compared with each other: a crowd of near copies is quadratic in this only

Tokenizer = Callable[[Sequence[str]], Sequence[Sequence[int]]]


@dataclass(frozen=True, slots=True)
class Match:
    """The text that another one repeats.

    Attributes:
        id: Its id.
        jaccard: Their exact similarity.
        place: How many texts of the index came before it; ids need not be unique.
    """

    id: str
    jaccard: float
    place: int


class NearDuplicates:
    """Finds texts whose shingle sets are alike, and remembers those that were new.

    MinHash with banding proposes pairs, and each is checked by the exact Jaccard similarity of
    the two sets, so that no text is dropped for less than the threshold. The bands are chosen so
    that a pair at the threshold is proposed with a probability of at least 0.985, and more similar
    pairs with a higher one. Texts are compared with those that were kept, never with dropped
    ones, so every dropped text has a kept one that stands for it. How the texts are cut into
    batches makes no difference.

    Everything is done by NumPy on thousands of texts at once, and hashes are our own, so an index
    can be read on another machine and after an update. Two packages were measured beside it on
    200,000 requests of 55 words (``benchmarks/webr_dedup.py``): datasketch's plain loop took 26
    times the processor time, and found 87 % of the planted pairs where this finds 99.9 %; rensa,
    which is written in Rust, took 1.6 times, since its words have to be cut in Python, and of what
    it proposed 15 % were no duplicates, which it does not check.

    A request takes about 1.8 kilobytes of memory.

    Args:
        threshold: Least Jaccard similarity of near-duplicates.
        permutations: Length of a MinHash signature.
        shingle_words: Words in a shingle; see :mod:`webr_synth.dedup.tokens` for what a word is.
        seed: Chooses the permutations.
        tokenizer: Compare sets of token ids (``released``, what the authors' code does) instead
            of shingles of words: takes texts, gives the ids of each.
        tokenizer_name: Its name, which an index on disk is matched by.

    Raises:
        UsageError: A setting is out of range.
    """

    def __init__(
        self,
        threshold: float = 0.7,
        permutations: int = 128,
        shingle_words: int = 5,
        seed: int = 0,
        *,
        tokenizer: Tokenizer | None = None,
        tokenizer_name: str = "",
    ) -> None:
        if not 0 < threshold <= 1:
            raise UsageError(f"the threshold is {threshold}; expected more than 0, at most 1")
        if not 1 <= permutations <= 4096:
            raise UsageError(f"permutations is {permutations}; expected 1 to 4096")
        if shingle_words < 1:
            raise UsageError(f"words in a shingle: {shingle_words}; expected at least 1")
        self._threshold, self._words, self._tokenizer = threshold, shingle_words, tokenizer
        bands, rows = bands_for(threshold, permutations)
        self._sketch = Sketcher(bands, rows, seed)
        self._ids: list[str] = []
        self._sets = GrowingSets()
        self._marks = GrowingRows(bands * rows, np.uint8)
        self._buckets = Buckets(bands)
        self.settings: dict[str, Any] = {
            "threshold": threshold,
            "permutations": permutations,
            "shingles": "released" if tokenizer else shingle_words,
            "tokenizer": tokenizer_name if tokenizer else None,
            "seed": seed,
        }

    def __len__(self) -> int:
        """Texts that were new."""
        return len(self._ids)

    def add_batch(self, ids: Sequence[str], texts: Sequence[str]) -> list[str | None]:
        """Adds the texts that are new.

        Args:
            ids: An id of each text, for you to know it by.
            texts: The texts.

        Returns:
            For each text the id of the earliest one that was added and that it is a near-duplicate
            of; ``None`` where there is none, and it was added.
        """
        return [match.id if match else None for match in self.match_batch(ids, texts)]

    def match_batch(self, ids: Sequence[str], texts: Sequence[str]) -> list[Match | None]:
        """:meth:`add_batch`, with the similarity of each pair."""
        if len(ids) != len(texts):
            raise ValueError(f"{len(ids)} ids for {len(texts)} texts")
        matches: list[Match | None] = []
        for start, end in _steps(texts):
            matches.extend(self._step(ids[start:end], texts[start:end]))
        return matches

    def save(self, path: str | Path) -> None:
        """Writes the index to a Parquet file, for another day's run.

        Raises:
            TruingError: The place cannot be written.
        """
        from webr_synth.dedup.storage import save

        sketch = Sketch(self._sets.all(), self._buckets.keys, self._marks.all())
        save(Path(path), self.settings, self._ids, sketch)

    def load(self, path: str | Path) -> None:
        """Adds the texts of an index on disk.

        Raises:
            InputError: It cannot be read, or was made with other settings.
        """
        from webr_synth.dedup.storage import load

        sizes = self._sketch.bands, self._sketch.bands * self._sketch.rows
        for ids, sketch in load(Path(path), self.settings, *sizes):
            self._add(ids, sketch)

    def _shingles(self, texts: Sequence[str]) -> Shingles:
        if self._tokenizer is None:
            return word_shingles(texts, self._words)
        return id_shingles(self._tokenizer(texts))

    def _step(self, ids: Sequence[str], texts: Sequence[str]) -> Iterator[Match | None]:
        sketch = self._sketch(self._shingles(texts))
        for start in range(0, len(texts), _MATCHED):
            end = min(start + _MATCHED, len(texts))
            yield from self._match(ids[start:end], sketch.take(np.arange(start, end)))

    def _match(self, ids: Sequence[str], sketch: Sketch) -> list[Match | None]:
        best: list[Match | None] = [None] * len(ids)
        leader = exact_copies(sketch.sets)
        is_first = leader == np.arange(len(leader))
        firsts = np.flatnonzero(is_first)
        for at, (text, like) in self._known(sketch, firsts).items():
            best[at] = Match(self._ids[text], like, text)
        # What repeats a text of the index is compared no further: that one came first.
        rest = np.array([at for at in firsts.tolist() if best[at] is None], np.int64)
        twins: dict[int, tuple[int, float]] = {}
        for at, others in sorted(self._alike(sketch, rest).items()):
            kept = [(row, like) for row, like in others if row not in twins]
            if kept:
                twins[at] = min(kept)
        new = np.array([at for at in rest.tolist() if at not in twins], np.int64)
        place = dict(zip(new.tolist(), range(len(self), len(self) + len(new)), strict=True))
        for at, (row, like) in twins.items():
            best[at] = Match(ids[row], like, place[row])
        for at in np.flatnonzero(~is_first).tolist():
            first = int(leader[at])
            best[at] = best[first] or Match(ids[first], 1.0, place[first])
        self._add([ids[at] for at in new.tolist()], sketch.take(new))
        return best

    def _add(self, ids: Sequence[str], sketch: Sketch) -> None:
        self._ids += ids
        self._sets.add(sketch.sets)
        self._marks.add(sketch.marks)
        self._buckets.add(sketch.keys)

    def _known(self, sketch: Sketch, chosen: NDArray[np.int64]) -> dict[int, tuple[int, float]]:
        """The earliest text of the index that each of those repeats, if there is one."""
        known: dict[int, tuple[int, float]] = {}
        sets, marks = self._sets.all(), self._marks.all()
        for rows, texts in self._buckets.find(sketch.keys[chosen]):
            for row, text, like in self._check(sketch, sets, marks, (chosen[rows], texts)):
                if row not in known or text < known[row][0]:
                    known[row] = (text, like)
        return known

    def _alike(
        self, sketch: Sketch, chosen: NDArray[np.int64]
    ) -> dict[int, list[tuple[int, float]]]:
        """For each of those, the earlier ones among them that it is alike to."""
        alike: dict[int, list[tuple[int, float]]] = {}
        for earlier, later in meetings(sketch.keys[chosen]):
            pairs = chosen[later], chosen[earlier]
            for row, other, like in self._check(sketch, sketch.sets, sketch.marks, pairs):
                alike.setdefault(row, []).append((other, like))
        return alike

    def _check(
        self,
        sketch: Sketch,
        sets: Sets,
        marks: NDArray[np.uint8],
        pairs: tuple[NDArray[np.int64], NDArray[np.int64]],
    ) -> Iterator[tuple[int, int, float]]:
        """The pairs that reach the threshold, and their similarity."""
        maybe = likely(sketch.marks, marks, pairs, self._threshold)
        first, second = pairs[0][maybe], pairs[1][maybe]
        like = jaccard(sketch.sets, sets, (first, second), self._threshold)
        found = like >= self._threshold
        return zip(first[found].tolist(), second[found].tolist(), like[found].tolist(), strict=True)


def _steps(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    start, size = 0, 0
    for end, text in enumerate(texts):
        if end - start == _TEXTS or (end > start and size + len(text) > _CHARACTERS):
            yield start, end
            start, size = end, 0
        size += len(text)
    if start < len(texts):
        yield start, len(texts)
