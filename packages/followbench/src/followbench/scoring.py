"""From an item's answer and judgement to verdicts, and to its hard and soft score."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    return list(_scores(benchmark, generations, judgements, mode))


def _scores(
    benchmark: Benchmark,
    generations: Mapping[Key, str],
    judgements: Mapping[Key, str] | None,
    mode: Mode,
) -> Iterator[ItemScore]:
    for item in benchmark.items:
        generation = generations.get(item.key)
        if generation is None:
            yield ItemScore(item, "no_generation")
        elif judgements is None:
            yield _without_judge(item, generation, mode)
        else:
            yield _score(item, generation, judgements.get(item.key), mode)


def _score(item: Item, generation: str, judgement: str | None, mode: Mode) -> ItemScore:
    verdicts = [_decide(constraint, item, generation, mode) for constraint in item.constraints]
    if item.judged:
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
    return _rated(item, verdicts)


def _without_judge(item: Item, generation: str, mode: Mode) -> ItemScore:
    verdicts = [_decide(constraint, item, generation, mode) for constraint in item.constraints]
    if all(verdict.ok is None for verdict in verdicts):
        return ItemScore(item, "no_judgement", verdicts=tuple(verdicts))
    return _rated(item, verdicts)


def _rated(item: Item, verdicts: list[Verdict]) -> ItemScore:
    known = [verdict.ok for verdict in verdicts if verdict.ok is not None]
    return ItemScore(
        item, "scored", float(all(known)), sum(known) / len(known), tuple(verdicts)
    )


def _decide(constraint: Constraint, item: Item, generation: str, mode: Mode) -> Verdict:
    if constraint.check is not None:
        outcome = run_check(constraint.check, generation, item.lang)
    elif constraint.rule:
        rule = official_rule(constraint.rule, mode, item.lang)
        outcome = rule(generation, constraint.target, item.level)
    else:
        return Verdict(None)
    return Verdict(outcome.ok, outcome.message)
