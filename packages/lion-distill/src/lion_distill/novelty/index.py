"""Novelty by ROUGE-L: the nearest of many texts, exactly."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Nearest:
    """The text of an index that is nearest to another one.

    Attributes:
        similarity: Theirs, from 0 to 1; the highest there is.
        position: Which one it is, counted from 0; the first of equally near ones, ``None`` where
            none has anything in common with the text.
    """

    similarity: float
    position: int | None


@dataclass(frozen=True, slots=True)
class Screened:
    """What became of a candidate.

    Attributes:
        kept: Whether it is new, and was added.
        similarity: To the nearest of those that were there before it.
        position: Which one that is; ``None`` where none has anything in common with it.
    """

    kept: bool
    similarity: float
    position: int | None


class NoveltyIndex:
    """Texts, and the exact maximum ROUGE-L F1 of another one over all of them.

    Args:
        texts: The first ones.
        max_rouge_l: A candidate is new if its maximum is not above this.
        tokenizer: ``rouge`` or ``unicode``.
        workers: Threads; by default one for each core.
    """

    def __init__(
        self,
        texts: Iterable[str] = (),
        *,
        max_rouge_l: float = 0.7,
        tokenizer: str = "rouge",
        workers: int | None = None,
    ) -> None:
        self._max = max_rouge_l
        self._rows: list[list[str]] = []
        self.extend(texts)

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, text: str) -> int:
        """Adds a text and returns its position."""
        self._rows.append(_tokens(text))
        return len(self._rows) - 1

    def extend(self, texts: Iterable[str]) -> None:
        """Adds texts, in order."""
        for text in texts:
            self.add(text)

    def nearest(self, text: str) -> Nearest:
        """The nearest text of the index."""
        from rapidfuzz.distance import LCSseq

        tokens = _tokens(text)
        best = Nearest(0.0, None)
        for position, row in enumerate(self._rows):
            common = LCSseq.similarity(tokens, row)
            if not common:
                continue
            precision, recall = common / len(tokens), common / len(row)
            value = 2 * precision * recall / (precision + recall)
            if value > best.similarity:
                best = Nearest(value, position)
        return best

    def screen(self, candidates: Sequence[str]) -> list[Screened]:
        """Candidates in order: each against all texts, and those kept before it; keeps new ones."""
        screened = []
        for text in candidates:
            near = self.nearest(text)
            kept = near.similarity <= self._max
            if kept:
                self.add(text)
            screened.append(Screened(kept, near.similarity, near.position))
        return screened


def _tokens(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())
