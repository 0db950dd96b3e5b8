"""Novelty by ROUGE-L: the nearest of many texts, exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from threading import local

import numpy as np

from lion_distill.novelty.blocks import BLOCK, Best, Block, Query, Scratch, f_values, query
from lion_distill.novelty.tokens import Alphabet, Sequenced, tokenizer_named
from truing_core.errors import UsageError

_WAITING = 256  # texts that are compared one by one until a block is made of them
_BATCH = 1 << 13  # candidates screened at once
_PIECE = 64  # candidates compared between two reports


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

    Similarities are those of the package ``rouge_score`` to the last bit, but most pairs are
    never compared: see :mod:`lion_distill.novelty.blocks`. A text of 26 tokens takes about half a
    kilobyte of memory; ``benchmarks/lion_novelty.py`` measures that and the speed.

    With the tokenizer ``rouge``, which is ``rouge_score``'s, a text without Latin letters or
    digits has no tokens: its similarity to every other is 0, so everything written in Chinese or
    Russian counts as new. With ``unicode`` words of every script are tokens, and single characters
    in scripts without spaces; for texts in ASCII nothing changes.

    An index may be asked from several threads at once, but not while it is added to. It makes none
    itself: they would wait for each other's interpreter lock between the short steps, and two of
    them took nearly twice as long as one.

    Args:
        texts: The first ones.
        max_rouge_l: A candidate is new if its maximum is not above this.
        tokenizer: ``rouge`` or ``unicode``.

    Raises:
        UsageError: An argument is out of range.
    """

    def __init__(
        self,
        texts: Iterable[str] = (),
        *,
        max_rouge_l: float = 0.7,
        tokenizer: str = "rouge",
    ) -> None:
        if not 0 <= max_rouge_l <= 1:
            raise UsageError(f"the highest ROUGE-L is {max_rouge_l}; expected 0 to 1")
        self._max = max_rouge_l
        self._alphabet = Alphabet(tokenizer_named(tokenizer))
        self._texts: list[Sequenced] = []
        self._blocks: list[Block] = []
        self._blocked = 0  # of the texts, those that are in blocks
        self._own = local()
        self.extend(texts)

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, text: str) -> int:
        """Adds a text and returns its position."""
        self._append([self._alphabet.learn(text)])
        return len(self._texts) - 1

    def extend(self, texts: Iterable[str]) -> None:
        """Adds texts, in order."""
        learned = map(self._alphabet.learn, texts)
        while part := list(islice(learned, BLOCK)):
            self._append(part)

    def nearest(self, text: str) -> Nearest:
        """The nearest text of the index."""
        best = Best()
        self._search([query(self._alphabet.look_up(text))], [best])
        return Nearest(best.value, best.position)

    def screen(
        self, candidates: Sequence[str], *, on_done: Callable[[int], object] | None = None
    ) -> list[Screened]:
        """Sieves candidates, in order: those that are new are added.

        Args:
            candidates: Each is compared with the texts of the index and with those kept before it.
            on_done: Called with the number of candidates that were just dealt with.

        Returns:
            One for each candidate.
        """
        screened: list[Screened] = []
        for start in range(0, len(candidates), _BATCH):
            batch = [self._alphabet.learn(text) for text in candidates[start : start + _BATCH]]
            screened += self._sieve(batch, on_done)
        return screened

    def _sieve(
        self, batch: list[Sequenced], on_done: Callable[[int], object] | None
    ) -> Iterator[Screened]:
        asked = [query(text) for text in batch]
        bests = self._search_all(asked, on_done)
        maybe = [at for at, best in enumerate(bests) if best.value <= self._max]
        # Those that may be kept are a block of their own, in which each shows up once it is.
        base = len(self._texts)
        kept: list[int] = []
        among = Block([batch[at] for at in maybe], 0, hidden=True)
        number_of = {at: number for number, at in enumerate(maybe)}
        rank: dict[int, int] = {}
        for at, (one, best) in enumerate(zip(asked, bests, strict=True)):
            inner = Best(best.value)
            among.search(one, inner, self._scratch())
            if inner.value > best.value and inner.position is not None:
                best.value, best.position = inner.value, base + rank[inner.position]
            new = best.value <= self._max
            if new:
                number = number_of[at]
                among.show(number)
                rank[number] = len(kept)
                kept.append(at)
            yield Screened(new, best.value, best.position)
        self._append([batch[at] for at in kept])

    def _search_all(
        self, asked: Sequence[Query], on_done: Callable[[int], object] | None
    ) -> list[Best]:
        bests = [Best() for _ in asked]
        # Queries of the same length share what is computed for it.
        order = sorted(range(len(asked)), key=lambda at: len(asked[at].text))
        for start in range(0, len(order), _PIECE):
            piece = order[start : start + _PIECE]
            self._search([asked[at] for at in piece], [bests[at] for at in piece])
            if on_done is not None:
                on_done(len(piece))
        return bests

    def _search(self, asked: Sequence[Query], bests: Sequence[Best]) -> None:
        scratch = self._scratch()
        for block in self._blocks:
            for one, best in zip(asked, bests, strict=True):
                block.search(one, best, scratch)
        waiting = self._texts[self._blocked :]
        if waiting:
            positions = np.arange(self._blocked, len(self._texts))
            for one, best in zip(asked, bests, strict=True):
                best.see(f_values(one.text, waiting), positions)

    def _scratch(self) -> Scratch:
        if not hasattr(self._own, "scratch"):
            self._own.scratch = Scratch()
        found: Scratch = self._own.scratch
        return found

    def _append(self, learned: list[Sequenced]) -> None:
        self._texts += learned
        while len(self._texts) - self._blocked >= BLOCK:
            self._block(self._blocked, BLOCK)
        if len(self._texts) - self._blocked > _WAITING:
            first = self._blocked
            while self._blocks:
                last = self._blocks[-1]
                together = len(self._texts) - last.first
                if together > BLOCK or last.size > 2 * (len(self._texts) - first):
                    break
                first = last.first
                self._blocks.pop()
            self._block(first, len(self._texts) - first)

    def _block(self, first: int, size: int) -> None:
        self._blocks.append(Block(self._texts[first : first + size], first))
        self._blocked = first + size
