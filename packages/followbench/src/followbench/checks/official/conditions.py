"""What a rule is made of: conditions on an answer, and how levels add them up.

A condition looks at the answer alone. A rule looks at the answer, the target of its row and
the level; most rules of one source are five conditions, of which level n asks the first n.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from followbench.checks.base import Outcome, plural

Condition = Callable[[str], Outcome]
Rule = Callable[[str, str, int], Outcome]

LEVELS = 5


def require(ok: bool, found: str, wanted: str) -> Outcome:
    """An outcome that says what was found and what was wanted."""
    return Outcome(bool(ok), f"{found}, {wanted} wanted")


def counted(
    count: int, noun: str, where: str = "", *, least: int | None = None, most: int | None = None
) -> Outcome:
    """Whether a count lies within its limits (both inclusive).

    Args:
        count: What was counted.
        noun: What was counted, in the singular.
        where: Where it was counted.
        least: Smallest count that will do.
        most: Largest count that will do.
    """
    ok = (least is None or count >= least) and (most is None or count <= most)
    if least == most:
        wanted = f"exactly {least}"
    elif least is None:
        wanted = f"at most {most}"
    elif most is None:
        wanted = f"at least {least}"
    else:
        wanted = f"{least} to {most}"
    return require(ok, f"{plural(count, noun)} {where}".rstrip(), wanted)


def every(conditions: Sequence[Condition]) -> Condition:
    """All of several conditions; the message is that of the first that fails."""

    def condition(text: str) -> Outcome:
        outcome = Outcome(True, "nothing was asked")
        for one in conditions:
            outcome = one(text)
            if not outcome.ok:
                break
        return outcome

    return condition


def by_level(levels: Sequence[Sequence[Condition]]) -> Rule:
    """A rule that asks for every condition listed under its level, in order."""
    if len(levels) != LEVELS:
        raise ValueError(f"{len(levels)} levels of conditions, {LEVELS} wanted")

    asked = [every(conditions) for conditions in levels]
    return lambda generation, target, level: asked[_index(level)](generation)


def cumulative(*steps: Condition) -> Rule:
    """A rule to which each level adds one condition."""
    return by_level([steps[: n + 1] for n in range(LEVELS)])


def against_target(compare: Callable[[str, str], Outcome]) -> Rule:
    """A rule that is the same at every level: the answer against the row's target."""

    def rule(generation: str, target: str, level: int) -> Outcome:
        _index(level)
        return compare(generation, target)

    return rule


def _index(level: int) -> int:
    if not 1 <= level <= LEVELS:
        raise ValueError(f"level {level}, 1 to {LEVELS} wanted")
    return level - 1
