"""From an item's answer and judgement to verdicts, and to its hard and soft score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from followbench.checks import run_check
from followbench.checks.official import official_rule
from followbench.data import Benchmark, Constraint, Item, Key
from followbench.judge import Unread, parse_judgement

Mode = Literal["fixed", "released"]
MODES: tuple[Mode, ...] = get_args(Mode)
Status = Literal["scored", "no_generation", "no_judgement", "unread"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one constraint holds; ``ok`` is ``None`` where nobody said."""

    ok: bool | None
    message: str = ""


@dataclass(frozen=True, slots=True)
class ItemScore:
    """What one item scored.

    Attributes:
        item: The item.
        status: ``scored``, or why there is no score: no answer, no judgement where one is
            needed, or a judgement that cannot be read.
        hard: 1 if every constraint holds, else 0; -1 for an unread judgement in mode
            ``released``; ``None`` if there is no score.
        soft: The share of constraints that hold, with the same exceptions.
        verdicts: One for each constraint.
        reason: Why a judgement could not be read.
    """

    item: Item
    status: Status
    hard: float | None = None
    soft: float | None = None
    verdicts: tuple[Verdict, ...] = ()
    reason: str = ""


def score_items(
    benchmark: Benchmark,
    generations: Mapping[Key, str],
    judgements: Mapping[Key, str] | None,
    mode: Mode,
) -> list[ItemScore]:
    """Scores every item of a benchmark.

    Args:
        benchmark: What was asked.
        generations: The model's answers.
        judgements: The judge's raw words; ``None`` means there was no judge, and items are
            then scored on those of their constraints that can be checked without one.
        mode: ``fixed`` or ``released`` (see docs/fidelity.md).

    Returns:
        One score for each item, in the benchmark's order.
    """
    return [
        score_item(
            item,
            generations.get(item.key),
            judgements.get(item.key) if judgements is not None else None,
            mode,
            judged=judgements is not None,
        )
        for item in benchmark.items
    ]


def score_item(
    item: Item, generation: str | None, judgement: str | None, mode: Mode, *, judged: bool
) -> ItemScore:
    """Scores one item.

    Args:
        item: What was asked.
        generation: The answer; ``None`` if there is none.
        judgement: The judge's raw words; ``None`` if it said nothing about this item.
        mode: ``fixed`` or ``released``.
        judged: Whether there is a judge at all. If not, constraints that need one are left
            out, and what remains is scored.
    """
    if generation is None:
        return ItemScore(item, "no_generation")
    verdicts = [_decide(constraint, item, generation, mode) for constraint in item.constraints]
    if item.judged and judged:
        if judgement is None:
            return ItemScore(item, "no_judgement", verdicts=tuple(verdicts))
        read = parse_judgement(judgement, item.judged, mode)
        if isinstance(read, Unread):
            unread = -1.0 if mode == "released" else None
            return ItemScore(item, "unread", unread, unread, tuple(verdicts), read.reason)
        answers = iter(read)
        verdicts = [
            Verdict(next(answers), "the judge's verdict") if constraint.judged else verdict
            for constraint, verdict in zip(item.constraints, verdicts, strict=True)
        ]
    known = [verdict.ok for verdict in verdicts if verdict.ok is not None]
    if not known:
        return ItemScore(item, "no_judgement", verdicts=tuple(verdicts))
    hard, soft = float(all(known)), sum(known) / len(known)
    return ItemScore(item, "scored", hard, soft, tuple(verdicts))


def _decide(constraint: Constraint, item: Item, generation: str, mode: Mode) -> Verdict:
    if constraint.check is not None:
        outcome = run_check(constraint.check, generation, item.lang)
    elif constraint.rule:
        rule = official_rule(constraint.rule, mode, item.lang)
        outcome = rule(generation, constraint.target, item.level)
    else:
        return Verdict(None)
    return Verdict(outcome.ok, outcome.message)
