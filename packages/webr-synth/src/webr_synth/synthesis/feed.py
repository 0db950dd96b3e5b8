"""Which document comes next for each perspective.

Each perspective reads the documents on its own, and takes those that the pattern gives it: so
none has to wait for another, nothing is held in memory, and which documents are used does not
depend on who answers first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from webr_synth.documents import Document
from webr_synth.rows import Perspective
from webr_synth.synthesis.perspectives import Mix, block


@dataclass(frozen=True, slots=True)
class Placed:
    """A document and its place among all, from 0."""

    position: int
    document: Document


class Feed:
    """The documents of a run.

    Args:
        documents: Opens them anew, always in the same order.
        mix: Shares of the perspectives.
        seed: The run's.
        cursors: Where an earlier part of the run stopped: for each perspective, how many
            documents were passed.

    Attributes:
        seen: How many documents were read, as far as any perspective came.
        repeated: How many of them had the id of an earlier one, and were passed over.
    """

    def __init__(
        self,
        documents: Callable[[], Iterator[Document]],
        mix: Mix,
        seed: int,
        cursors: Mapping[str, int] | None = None,
    ) -> None:
        self._documents, self._mix, self._seed = documents, mix, seed
        self._start = dict(cursors or {})
        self.cursors: dict[str, int] = dict(self._start)
        self._readers: dict[Perspective, Iterator[Placed]] = {}
        self._first: dict[int, int] = {}
        self.seen = self.repeated = 0

    def next(self, perspective: Perspective) -> Placed | None:
        """The next document that the pattern gives to a perspective; ``None`` at the end."""
        if perspective not in self._readers:
            self._readers[perspective] = self._read(perspective)
        return next(self._readers[perspective], None)

    def spare(self, donors: Sequence[Perspective]) -> Placed | None:
        """The next document that others have no use for."""
        for donor in donors:
            found = self.next(donor)
            if found is not None:
                return found
        return None

    def _read(self, perspective: Perspective) -> Iterator[Placed]:
        start = self._start.get(perspective, 0)
        pattern: list[Perspective] = []
        for position, document in enumerate(self._documents()):
            place = position % sum(self._mix.values())
            if place == 0:
                pattern = block(self._mix, self._seed, document.doc_id)
            known = self._known(position, document)
            if position < start:
                continue
            self.cursors[perspective] = position + 1
            if pattern[place] == perspective and not known:
                yield Placed(position, document)

    def _known(self, position: int, document: Document) -> bool:
        number = int(document.doc_id, 16)
        first = self._first.setdefault(number, position)
        if position >= self.seen:
            self.seen = position + 1
            self.repeated += first < position
        return first < position
