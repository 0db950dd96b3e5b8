"""What a run would ask for, before it asks: the arithmetic behind ``--dry-run``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lion_distill.choices import LionChoice
from lion_distill.rows import Instruction
from truing_core.budget import Estimate, Price, count_roughly
from truing_core.models import ChatRequest
from truing_core.models.base import Usage
from truing_core.roles import estimated

_REVIEW_WORDS = 250
"""Tokens of the referee's template, about."""


def plan(folder: Path, seeds: Sequence[Instruction], choice: LionChoice) -> dict[str, Estimate]:
    """Estimates by role, for the whole run.

    Real are the teacher's requests about the seeds, and what the folder's journal holds of their
    answers. The rest is arithmetic: new instructions as long as the seeds on average, answers and
    reviews half as long as they may be, every candidate kept.

    Args:
        folder: The run folder; it need not exist.
        seeds: The first pools.
        choice: The run.
    """
    rounds = choice.stop.iterations
    made = [choice.generator.num] * rounds
    teacher = estimated(folder, _requests(seeds, choice), choice.teacher)
    length = teacher.prompt_tokens // max(1, teacher.requests - teacher.journaled) or _mean(seeds)
    new = sum(made)
    answer = choice.teacher.sampling.max_tokens
    plans = {
        "teacher": teacher + _guess(new, length, answer, price=choice.teacher.price),
    }
    if choice.referee.model is not None:
        reviewed = sum(_reviewed(len(seeds) + sum(made[:k]), choice) for k in range(rounds))
        plans["referee"] = _guess(
            2 * reviewed,
            _REVIEW_WORDS + length + answer,  # two answers, each half as long as it may be
            choice.referee.model.sampling.max_tokens,
            price=choice.referee.model.price,
        )
    generator = choice.generator.model
    plans["generator"] = _guess(
        new, _REVIEW_WORDS + length, generator.sampling.max_tokens, price=generator.price
    )
    return plans


def _reviewed(pool: int, choice: LionChoice) -> int:
    return pool if choice.pools.sample is None else min(pool, choice.pools.sample)


def _requests(seeds: Sequence[Instruction], choice: LionChoice) -> list[ChatRequest]:
    return [ChatRequest(each.id, each.messages(), choice.teacher.sampling) for each in seeds]


def _mean(seeds: Sequence[Instruction]) -> int:
    return sum(count_roughly(each.messages()) for each in seeds) // max(1, len(seeds))


def _guess(count: int, prompt: int, most: int, *, price: Price | None) -> Estimate:
    tokens, completions = count * prompt, count * most
    low = price.cost(Usage(tokens)) if price else None
    high = price.cost(Usage(tokens, completions)) if price else None
    return Estimate(count, 0, tokens, completions, low, high)
