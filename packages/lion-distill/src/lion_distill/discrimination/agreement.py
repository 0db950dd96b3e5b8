"""How far a referee is to be trusted: agreement of the orders, position bias, histograms."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lion_distill.rows import Review, Verdict
from truing_core.statistics import wilson

_Z = 1.959963984540054
_ALIKE = 0.9
_FEWEST = 10
_MUCH = 0.2

Scores = tuple[float, float, float, float]
"""Teacher and student where the teacher stood first, then both in the other order."""


def summarise(verdicts: Sequence[Verdict], reviews: Iterable[Review]) -> dict[str, Any]:
    """What a split comes to, and what there is to know of the referee behind it.

    Args:
        verdicts: Of these reviews.
        reviews: Those that lack a score are counted and enter nothing else.

    Returns:
        - ``n``: ``hard``, ``easy``, ``undecided``, ``all``; ``reasons``: why undecided ones are.
        - ``hard_share`` of those decided, with its 95 % ``hard_share_interval``.
        - ``agreement``: share of the decided whose orders lie on the same side of the threshold,
          with ``agreement_interval``; ``correlation``: Pearson's, of the gaps in the two orders.
        - ``position_bias``: ``mean`` score of the first place minus that of the second over all
          reviews, with a 95 % interval from ``low`` to ``high``.
        - ``identical``: share of replies that give both answers one score.
        - ``gap``: ``mean``, ``median``, and a histogram: ``counts`` between ``edges``, each count
          with its lower edge.
        - ``teacher``, ``student``: ``mean`` score, and ``counts`` of scores 1 to 10, rounded half
          up.

        Whatever is undefined for want of decided reviews is ``None``.
    """
    reviews = list(reviews)
    kinds = Counter(verdict.kind for verdict in verdicts)
    decided = [verdict for verdict in verdicts if verdict.kind != "undecided"]
    agreeing = sum(bool(verdict.agree) for verdict in decided)
    scores = [found for review in reviews if (found := complete(review)) is not None]
    same = sum((first == second) + (third == fourth) for first, second, third, fourth in scores)
    reasons = Counter(review.reason or "unread" for review in reviews if complete(review) is None)
    return {
        "n": {
            "hard": kinds["hard"],
            "easy": kinds["easy"],
            "undecided": kinds["undecided"],
            "all": len(verdicts),
        },
        "reasons": dict(sorted(reasons.items())),
        **_share("hard_share", kinds["hard"], len(decided)),
        **_share("agreement", agreeing, len(decided)),
        "correlation": _correlation(scores),
        "position_bias": position_bias(scores),
        "identical": same / (2 * len(scores)) if scores else None,
        "gap": _gaps([verdict.gap for verdict in decided if verdict.gap is not None]),
        "teacher": _histogram([score for each in scores for score in (each[0], each[2])]),
        "student": _histogram([score for each in scores for score in (each[1], each[3])]),
    }


def complete(review: Review) -> Scores | None:
    """All four scores of a review."""
    (first, third), (second, fourth) = review.teacher, review.student
    if first is None or second is None or third is None or fourth is None:
        return None
    return first, second, third, fourth


def position_bias(scores: Sequence[Scores]) -> dict[str, Any]:
    """By how much the first place is favoured: 0 for a referee that does not mind.

    Each review gives one value, the mean of its two orders, so that the quality of the answers
    cancels out; the interval is the normal one of the mean of these.
    """
    values = [((first - second) + (fourth - third)) / 2 for first, second, third, fourth in scores]
    if not values:
        return {"mean": None, "low": None, "high": None, "n": 0}
    mean = math.fsum(values) / len(values)
    if len(values) < 2:
        return {"mean": mean, "low": None, "high": None, "n": 1}
    half = _Z * statistics.stdev(values, mean) / math.sqrt(len(values))
    return {"mean": mean, "low": mean - half, "high": mean + half, "n": len(values)}


def warnings_of(summary: Mapping[str, Any]) -> list[str]:
    """What is odd about a split, a sentence each; most splits have none."""
    n, found = summary["n"], []
    decided = n["hard"] + n["easy"]
    if not n["all"]:
        return ["there are no reviews to split"]
    if not decided:
        return [f"none of {n['all']:,} reviews has all its scores ({_said(summary['reasons'])})"]
    if n["undecided"] > _MUCH * n["all"]:
        found.append(
            f"{n['undecided']:,} of {n['all']:,} instructions are undecided "
            f"({_said(summary['reasons'])})"
        )
    if summary["identical"] >= _ALIKE and decided >= _FEWEST:
        found.append(
            f"the referee gives both answers the same score in {summary['identical']:.0%} of its "
            f"replies (mean {summary['teacher']['mean']:.1f}); it hardly tells them apart, so the "
            "split means little"
        )
    for one, other in (("hard", "easy"), ("easy", "hard")):
        if not n[one]:
            found.append(f"no instruction is {one}: all {decided:,} that were decided are {other}")
    return found


def _share(name: str, count: int, of: int) -> dict[str, Any]:
    interval = list(wilson(count, of)) if of else None
    return {name: count / of if of else None, f"{name}_interval": interval}


def _correlation(scores: Sequence[Scores]) -> float | None:
    one, other = [each[0] - each[1] for each in scores], [each[2] - each[3] for each in scores]
    if len(set(one)) < 2 or len(set(other)) < 2:
        return None
    return statistics.correlation(one, other)


def _gaps(gaps: Sequence[float]) -> dict[str, Any]:
    edges = list(range(-9, 10))
    bins = Counter(min(math.floor(gap), edges[-2]) for gap in gaps)
    return {
        "mean": math.fsum(gaps) / len(gaps) if gaps else None,
        "median": statistics.median(gaps) if gaps else None,
        "edges": edges,
        "counts": [bins[edge] for edge in edges[:-1]],
    }


def _histogram(scores: Sequence[float]) -> dict[str, Any]:
    bins = Counter(math.floor(score + 0.5) for score in scores)
    return {
        "mean": math.fsum(scores) / len(scores) if scores else None,
        "counts": [bins[score] for score in range(1, 11)],
    }


def _said(reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in reasons.items())
