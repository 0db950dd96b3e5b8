"""Whether candidates are new: by ROUGE-L, by embeddings if wanted, and by their ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lion_distill.novelty import NoveltyIndex
from lion_distill.rows import Instruction

NotNew = Literal["not_new", "same_meaning"]
_OTHER_SCRIPT = 0.1
_LETTERS_LOOKED_AT = 1_000_000


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of a candidate.

    Attributes:
        reason: Why it is no news; ``None`` if it is, and was added.
        similarity: ROUGE-L F1 to the nearest instruction that was there before.
        nearest: The id of that one; ``None`` where none has a word in common with it.
    """

    reason: NotNew | None
    similarity: float
    nearest: str | None


class News:
    """The cache pool and what was kept so far, of hard and of easy ones alike.

    Args:
        pool: The cache pool.
        max_rouge_l: The paper's limit is 0.7.
        max_cosine: The same for embeddings; ``None`` leaves them out.
    """

    def __init__(
        self, pool: Sequence[Instruction], max_rouge_l: float, max_cosine: float | None = None
    ) -> None:
        texts = [each.text for each in pool]
        self._ids = [each.id for each in pool]
        self._known = set(self._ids)
        self.tokenizer = tokenizer_for(texts)
        self._words = NoveltyIndex(texts, max_rouge_l=max_rouge_l, tokenizer=self.tokenizer)
        self._max = max_rouge_l
        self._meaning = None
        if max_cosine is not None:
            from lion_distill.novelty.meaning import MeaningIndex

            self._meaning = MeaningIndex(texts, max_cosine=max_cosine)

    def screen(self, candidates: Sequence[Instruction]) -> list[Seen]:
        """Looks at candidates in order; each that is new is there for the next ones.

        The outcome does not hang on how candidates are put together to calls.
        """
        seen: list[Seen] = []
        batch: list[Instruction] = []
        ids: set[str] = set()
        for each in candidates:
            # With the limit at 1 even the same text is new by its words, but not by its id.
            if each.id in self._known or each.id in ids:
                seen += self._screen(batch)
                batch, ids = [], set()
            if each.id in self._known:
                seen.append(Seen("not_new", 1.0, each.id))
            else:
                batch.append(each)
                ids.add(each.id)
        return seen + self._screen(batch)

    def _screen(self, batch: Sequence[Instruction]) -> list[Seen]:
        if self._meaning is not None:
            return [self._by_both(each) for each in batch]
        found = []
        screened = self._words.screen([each.text for each in batch])
        for each, outcome in zip(batch, screened, strict=True):
            # A position may be that of one kept in this very batch: ids follow in the same order.
            nearest = None if outcome.position is None else self._ids[outcome.position]
            if outcome.kept:
                self._keep(each)
            found.append(Seen(None if outcome.kept else "not_new", outcome.similarity, nearest))
        return found

    def _by_both(self, each: Instruction) -> Seen:
        assert self._meaning is not None
        near = self._words.nearest(each.text)
        nearest = None if near.position is None else self._ids[near.position]
        if near.similarity > self._max:
            return Seen("not_new", near.similarity, nearest)
        (meant,) = self._meaning.screen([each.text])
        if not meant.kept:
            return Seen("same_meaning", near.similarity, nearest)
        self._words.add(each.text)
        self._keep(each)
        return Seen(None, near.similarity, nearest)

    def _keep(self, each: Instruction) -> None:
        self._ids.append(each.id)
        self._known.add(each.id)


def tokenizer_for(texts: Sequence[str]) -> str:
    """``rouge``, the paper's, unless it is blind for more than a tenth of the letters."""
    letters = others = 0
    for text in texts:
        if letters > _LETTERS_LOOKED_AT:
            break
        own = [each for each in text if each.isalpha()]
        letters += len(own)
        others += sum(not each.isascii() for each in own)
    return "unicode" if others > _OTHER_SCRIPT * letters else "rouge"
