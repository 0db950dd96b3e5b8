"""Hard and easy: where the student lags behind the teacher by the threshold, and where not.

The gap is the teacher's mean score minus the student's, each over both orders. An instruction is
hard if the gap reaches the threshold, a tie included, else easy. Where the orders disagree, so
that one alone would say hard and the other easy, the mean decides, and the verdict says that they
do not agree. Where a score is missing, nothing is decided: such an instruction is neither hard
nor easy and enters no average.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from lion_distill.discrimination.agreement import summarise, warnings_of
from lion_distill.rows import Review, Verdict
from lion_distill.workspace import Iteration, load, missing, save
from truing_core.errors import UsageError
from truing_core.terminal import tell


def split(reviews: Iterable[Review], threshold: float = 1.0) -> list[Verdict]:
    """Decides on each review (τ; the paper's is 1.0).

    Args:
        reviews: Scores from 1 to 10 in both orders.
        threshold: The gap from which an instruction is hard.

    Returns:
        One verdict a review, in their order.

    Raises:
        UsageError: The threshold is no number.
    """
    if not math.isfinite(threshold):
        raise UsageError(f"the threshold is {threshold}; expected a number such as 1.0")
    limit = _exact(threshold)
    return [_verdict(review, limit) for review in reviews]


def split_stage(at: Iteration, threshold: float = 1.0, *, quiet: bool = False) -> dict[str, Any]:
    """Splits an iteration's reviews, writes its verdicts and says what is odd about them.

    Args:
        at: Where reviews are and verdicts go.
        threshold: The gap from which an instruction is hard.
        quiet: Leave that to the caller.

    Returns:
        ``threshold``, and what :func:`~lion_distill.discrimination.agreement.summarise` gives.

    Raises:
        InputError: There are no reviews.
        UsageError: The threshold is no number.
    """
    if not at.reviews.is_file():
        raise missing(at.reviews, "referee")
    reviews = load(at.reviews, Review)
    verdicts = split(reviews, threshold)
    save(at.split, verdicts)
    summary = summarise(verdicts, reviews)
    for sentence in [] if quiet else warnings_of(summary):
        tell(f"warning: {sentence}")
    return {"threshold": threshold, **summary}


def _verdict(review: Review, limit: Decimal) -> Verdict:
    teacher = [score for score in review.teacher if score is not None]
    student = [score for score in review.student if score is not None]
    if len(teacher) < 2 or len(student) < 2:
        return Verdict(id=review.id, kind="undecided")
    ahead, behind = _mean(teacher), _mean(student)
    gap = ahead - behind
    sides = {
        _exact(one) - _exact(other) >= limit for one, other in zip(teacher, student, strict=True)
    }
    return Verdict(
        id=review.id,
        kind="hard" if gap >= limit else "easy",
        gap=float(gap),
        teacher=float(ahead),
        student=float(behind),
        agree=len(sides) == 1,
    )


def _mean(scores: list[float]) -> Decimal:
    return sum(map(_exact, scores), Decimal(0)) / len(scores)


def _exact(score: float) -> Decimal:
    """The number as it is written: in binary, 8.1 - 7.1 falls short of 1."""
    return Decimal(repr(float(score)))
