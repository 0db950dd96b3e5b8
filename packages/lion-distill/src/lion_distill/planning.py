"""What a run would ask for, before it asks: the arithmetic behind ``--dry-run``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lion_distill.choices import LionChoice
from lion_distill.evaluation.planning import plan_in_loop
from lion_distill.rows import Answers, Instruction
from lion_distill.workspace import iterations
from truing_core.budget import Estimate
from truing_core.models.token_counts import count_roughly
from truing_core.roles import ModelChoice, estimated

_SAMPLE = 100
"""Seeds by which the length of a question is judged."""


def plan(
    folder: Path, seeds: Sequence[Instruction], choice: LionChoice, *, fresh: bool = False
) -> dict[str, Estimate]:
    """Estimates by role, for the whole run; those of evaluations by themselves.

    Real are the teacher's requests about the seeds, and what the folder's journal holds of their
    answers. The rest is arithmetic: new instructions as long as the seeds on average, answers that
    the referee reads half as long as they may be, every candidate kept.

    Args:
        folder: The run folder; it need not exist.
        seeds: The first pools.
        choice: The run.
        fresh: The run will start over.
    """
    rounds = choice.stop.iterations
    made = [choice.generator.num] * rounds
    requests = [each.request(choice.teacher.sampling) for each in seeds]
    teacher = estimated(folder, requests, choice.teacher, fresh=fresh)
    length = sum(count_roughly(each.messages()) for each in seeds) // len(seeds)
    new, answer = sum(made), choice.teacher.sampling.max_tokens
    plans = {"teacher": teacher + _guess(new, length, choice.teacher)}
    if choice.referee.model is not None:
        reviewed = sum(_reviewed(len(seeds) + sum(made[:k]), choice) for k in range(rounds))
        # Two answers, each half as long as it may be.
        plans["referee"] = _guess(
            2 * reviewed, _review(seeds, choice) + answer, choice.referee.model
        )
    generator = choice.generator
    plans["generator"] = _guess(new, _making(seeds, choice), generator.model)
    if choice.evaluation.questions is not None:
        there = 0 if fresh else len(iterations(folder))  # of more rounds than are wanted now
        plans |= plan_in_loop(folder, choice, max(rounds + 1, there), fresh=fresh)
    return plans


def _reviewed(pool: int, choice: LionChoice) -> int:
    return pool if choice.pools.sample is None else min(pool, choice.pools.sample)


def _review(seeds: Sequence[Instruction], choice: LionChoice) -> int:
    """Tokens of a review's question without the answers, on average."""
    from lion_distill.discrimination.asking import question

    nothing = Answers(id="", teacher="", student="")
    asked = [question(choice.referee.prompts, each, nothing, 0) for each in seeds[:_SAMPLE]]
    return sum(map(count_roughly, asked)) // len(asked)


def _making(seeds: Sequence[Instruction], choice: LionChoice) -> int:
    """Tokens of the generator's question, on average."""
    from lion_distill.generation.asking import question

    own = choice.generator
    asked = [question(own.prompts, "hard", each, own.languages) for each in seeds[:_SAMPLE]]
    return sum(map(count_roughly, asked)) // len(asked)


def _guess(count: int, prompt: int, model: ModelChoice) -> Estimate:
    most = count * model.sampling.max_tokens
    return Estimate.priced(count, count * prompt, most, model.price)
