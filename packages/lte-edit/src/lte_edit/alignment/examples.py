"""Parallel examples: one question under a block of edits, and the same question bare."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from lte_edit.alignment.distractors import Neighbours
from lte_edit.alignment.mix import Asked
from lte_edit.block import edit_prompt, fact_of
from lte_edit.cases import INSTRUCTION, Scope
from lte_edit.edits import Edit
from truing_core.models.base import Message
from truing_core.prompts import Prompts
from truing_core.run import rng

GoldPosition = Literal["shuffled", "first"]
OutOfScope = Literal["responder", "file"]
GOLD_POSITIONS: tuple[GoldPosition, ...] = get_args(GoldPosition)
OUT_OF_SCOPE: tuple[OutOfScope, ...] = get_args(OutOfScope)
# How often a block has none, one or two facts beside the right ones (section 3.1).
DISTRACTORS = (0.5, 0.25, 0.25)


@dataclass(frozen=True)
class Twin:
    """One half of a pair.

    Attributes:
        pair_id: What both halves share.
        with_edit: Whether the block is there.
        messages: The conversation up to the answer.
        answer: The answer, if it is known; else a model is to give it.
        scope: Of the question.
        aspect: Of the question.
        source: The data it comes from.
        n_facts: Lines in the block.
        gold_position: Line of the first right fact, from 1; 0 where no line matters.
    """

    pair_id: str
    with_edit: bool
    messages: tuple[Message, ...]
    answer: str | None
    scope: Scope
    aspect: str
    source: str
    n_facts: int
    gold_position: int

    @property
    def id(self) -> str:
        """Unique among all halves."""
        return f"{self.pair_id}/{'edit' if self.with_edit else 'bare'}"

    @property
    def answered_as(self) -> str:
        """The half whose answer a model gives: where the edit does not matter, both say the same.

        So whoever is asked does not see the edits.
        """
        return f"{self.pair_id}/bare" if self.scope == "out" else self.id

    def row(self, answer: str) -> dict[str, Any]:
        """As it is written: ``messages`` with the answer, and what is known of it."""
        return {
            "messages": [*self.messages, {"role": "assistant", "content": answer}],
            "pair_id": self.pair_id,
            "scope": self.scope,
            "aspect": self.aspect,
            "source": self.source,
            "with_edit": self.with_edit,
            "n_facts": self.n_facts,
            "gold_position": self.gold_position,
        }


@dataclass(frozen=True)
class Maker:
    """Makes pairs; each depends on the seed and its own id alone.

    Attributes:
        prompts: The template of the block.
        neighbours: Where distractors come from.
        gold_position: ``shuffled``, or ``first`` as the released code has it.
        out_of_scope: Whose answer both halves have where the edit does not matter: the file's, or
            the responder's own.
        seed: Of all choices.
    """

    prompts: Prompts
    neighbours: Neighbours
    gold_position: GoldPosition
    out_of_scope: OutOfScope
    seed: int

    def pair(self, asked: Asked, number: int) -> tuple[Twin, Twin]:
        """The two halves of a question.

        Args:
            asked: The question and its case.
            number: Its place among the questions of its case.
        """
        case, probe = asked
        pair_id = f"{case.id}:{probe.aspect}:{number}"
        facts, gold = self._block(case.edits, rng(self.seed, pair_id, "block"))
        answer = probe.answers[0] if probe.answers else None
        if probe.scope == "out" and self.out_of_scope == "responder":
            answer = None
        block: Message = {"role": "user", "content": edit_prompt(self.prompts, facts, probe.prompt)}
        bare: Message = {"role": "user", "content": probe.prompt}
        known = (probe.scope, probe.aspect, case.source)
        return (
            Twin(pair_id, True, (block,), answer, *known, len(facts), gold),
            # Out of scope, the answer is what it was; in scope, the model's own.
            Twin(pair_id, False, (bare,), answer if probe.scope == "out" else None, *known, 0, 0),
        )

    def instruction(
        self, messages: Sequence[Message], pair_id: str, source: str, pool: Sequence[Edit]
    ) -> tuple[Twin, Twin]:
        """A general conversation, once under edits that have nothing to do with it.

        Args:
            messages: It, its last turn the answer.
            pair_id: Of the pair.
            source: Of the conversation.
            pool: The edits to draw from.
        """
        draw = rng(self.seed, pair_id, "block")
        count = 1 + draw.choices(range(len(DISTRACTORS)), DISTRACTORS)[0]
        facts = [fact_of(edit) for edit in draw.sample(pool, min(count, len(pool)))]
        *before, last = messages
        asked = before[-1]
        under: Message = {
            "role": "user",
            "content": edit_prompt(self.prompts, facts, str(asked["content"])),
        }
        known: tuple[Scope, str, str] = ("free", INSTRUCTION, source)
        answer = str(last["content"])
        return (
            Twin(pair_id, True, (*before[:-1], under), answer, *known, len(facts), 0),
            Twin(pair_id, False, tuple(before), answer, *known, 0, 0),
        )

    def _block(self, gold: Sequence[Edit], draw: random.Random) -> tuple[list[str], int]:
        """The lines of a block, and the place of its first right one."""
        count = draw.choices(range(len(DISTRACTORS)), DISTRACTORS)[0]
        edits = [*gold, *self.neighbours.of(gold, count)]
        if self.gold_position == "shuffled":
            draw.shuffle(edits)
        right = {edit.descriptor for edit in gold}
        place = next(number for number, edit in enumerate(edits, 1) if edit.descriptor in right)
        return [fact_of(edit) for edit in edits], place
