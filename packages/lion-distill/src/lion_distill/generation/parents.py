"""Which instruction each attempt is made from, and how many of each kind are wanted.

Nothing here hangs on time: the parent of an attempt follows from its kind and number alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lion_distill.rows import Instruction, Verdict
from truing_core.errors import InputError
from truing_core.run import rng

Source = Literal["hard", "easy"]
SOURCES: tuple[Source, ...] = ("hard", "easy")


@dataclass(frozen=True)
class Parents:
    """The hard and the easy instructions of an iteration.

    Attributes:
        of: Those of each kind, by id.
        seed: Of the draw.
        iteration: Its number; each iteration draws anew.
    """

    of: Mapping[Source, Sequence[Instruction]]
    seed: int
    iteration: int

    def draw(self, kind: Source, number: int) -> Instruction:
        """The parent of an attempt: any of its kind, also one that was drawn before."""
        chance = rng(self.seed, f"iteration-{self.iteration}/{kind}/{number}", "parent")
        return chance.choice(self.of[kind])


def split_parents(
    pool: Sequence[Instruction], verdicts: Sequence[Verdict]
) -> dict[Source, list[Instruction]]:
    """The pool's hard and easy instructions, by id.

    Raises:
        InputError: A verdict is about an instruction that the pool does not hold, or none is hard
            or easy.
    """
    instructions = {each.id: each for each in pool}
    found: dict[Source, list[Instruction]] = {kind: [] for kind in SOURCES}
    for verdict in sorted(verdicts, key=lambda each: each.id):
        if verdict.id not in instructions:
            raise InputError(
                f"there is a verdict on '{verdict.id}', which the cache pool does not hold; run "
                "'lion-distill split' again"
            )
        if verdict.kind != "undecided":
            found[verdict.kind].append(instructions[verdict.id])
    if not any(found.values()):
        raise InputError(
            f"none of {len(verdicts):,} verdicts is hard or easy, so there is nothing to make "
            "new instructions from"
        )
    return found


def quotas(
    num: int, hard_share: float, found: Mapping[Source, Sequence[Instruction]]
) -> dict[Source, int]:
    """How many are wanted of each kind; where one has no parents, the other supplies all."""
    hard = min(num, int(num * hard_share + 0.5))
    if not found["hard"]:
        hard = 0
    elif not found["easy"]:
        hard = num
    return {"hard": hard, "easy": num - hard}
