"""When the loop ends, and the sentence that says why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lion_distill.choices import StopChoice


def after_evaluation(scores: Sequence[float], number: int, stop: StopChoice) -> str:
    """Whether the loop ends once a student is trained and measured; empty if it goes on.

    Args:
        scores: One for each evaluation so far; higher is better.
        number: The iteration.
        stop: The rules.
    """
    if stop.patience is not None and len(scores) > stop.patience:
        best = max(range(len(scores)), key=lambda place: (scores[place], -place))
        since = len(scores) - 1 - best
        if since >= stop.patience:
            return (
                f"no better evaluation than {scores[best]:.1f} in {since} "
                f"iteration{'s' if since > 1 else ''}"
            )
    if number >= stop.iterations:
        rounds = stop.iterations
        return f"all {rounds} iterations are done" if rounds > 1 else "all is done"
    return ""


def after_split(split: Mapping[str, Any], stop: StopChoice) -> str:
    """Whether enough is hard to go on."""
    n = split["n"]
    if not n["hard"] and not n["easy"]:
        return "the referee decided on no instruction"
    share = split["hard_share"]
    if share < stop.min_hard_share:
        return f"only {share:.1%} of the pool are hard, below {stop.min_hard_share:.1%}"
    return ""


def after_generation(generated: Mapping[str, Any], stop: StopChoice) -> str:
    """Whether enough is new to go on."""
    if not generated["kept"]:
        return f"the generator gave nothing new ({_reasons(generated)})"
    rate = generated["acceptance_rate"]
    if rate < stop.min_acceptance:
        return (
            f"only {rate:.1%} of the candidates were kept, below {stop.min_acceptance:.1%} "
            f"({_reasons(generated)})"
        )
    return ""


def _reasons(generated: Mapping[str, Any]) -> str:
    counts = generated["rejected"].items()
    rejected = sorted(counts, key=lambda each: (-each[1], each[0]))
    return (
        ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in rejected[:3]) or "none"
    )
