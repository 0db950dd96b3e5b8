"""What a referee's scores say, of both models and of the referee, for a page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lion_distill.discrimination.agreement import summarise
from lion_distill.rows import Review, Verdict

_Z = 1.959963984540054
Mean = tuple[float, float, float]
"""A mean and its 95 % interval."""


@dataclass(frozen=True)
class Discrimination:
    """The referee's work in one iteration.

    Attributes:
        facts: As :func:`lion_distill.discrimination.agreement.summarise` gives them.
        gaps: Teacher's mean score minus student's, of what was decided.
        teacher: The teacher's mean score; ``None`` where nothing was decided.
        student: The student's.
        asked: Replies that the referee gave.
        again: Reviews of one order that took more than one of them.
    """

    facts: dict[str, Any]
    gaps: list[float]
    teacher: Mean | None
    student: Mean | None
    asked: int
    again: int


def measure(reviews: Iterable[Review], verdicts: Iterable[Verdict]) -> Discrimination:
    """Reads both files row by row; the referee's words are not kept."""
    asked = again = 0

    def wordless() -> Iterator[Review]:
        nonlocal asked, again
        for each in reviews:
            asked += sum(each.asked)
            again += sum(count > 1 for count in each.asked)
            yield each.model_copy(update={"replies": []})

    held = list(verdicts)
    facts = summarise(held, wordless())
    decided = [each for each in held if each.kind != "undecided"]
    return Discrimination(
        facts,
        [each.gap for each in decided if each.gap is not None],
        mean_of([each.teacher for each in decided if each.teacher is not None]),
        mean_of([each.student for each in decided if each.student is not None]),
        asked,
        again,
    )


def mean_of(values: Sequence[float]) -> Mean | None:
    """The mean with its 95 % interval by the normal approximation."""
    if not values:
        return None
    mean = math.fsum(values) / len(values)
    if len(values) < 2:
        return mean, mean, mean
    square = math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
    half = _Z * math.sqrt(square / len(values))
    return mean, mean - half, mean + half
