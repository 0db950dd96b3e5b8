"""What a benchmark holds, and whether its own reference answers pass its checks."""

from __future__ import annotations

import collections
from dataclasses import dataclass
from typing import Any

from followbench.checks import run_check
from followbench.checks.base import plural
from followbench.data import Benchmark


@dataclass(frozen=True, slots=True)
class FailingReference:
    """A check that fails on its group's own reference answer."""

    group: str
    level: int
    check: str
    message: str


def describe(benchmark: Benchmark) -> dict[str, Any]:
    """Counts of groups, items, constraints by kind and check types in use."""
    added = [level.constraint for group in benchmark.groups for level in group.levels]
    kinds = collections.Counter(constraint.kind for constraint in added)
    types = collections.Counter(c.check.type for c in added if c.check is not None)
    return {
        "name": benchmark.name,
        "lang": benchmark.lang,
        "fingerprint": benchmark.fingerprint,
        "groups": len(benchmark.groups),
        "items": len(benchmark.items),
        "categories": dict(collections.Counter(group.category for group in benchmark.groups)),
        "constraints": dict(kinds),
        "checkable": (kinds["check"] + kinds["rule"]) / len(added) if added else 0.0,
        "check_types": dict(types.most_common()),
        "references": sum(bool(group.reference) for group in benchmark.groups),
    }


def summary(facts: dict[str, Any]) -> str:
    """The facts of :func:`describe` in a line."""
    return (
        f"{plural(facts['groups'], 'group')}, {plural(facts['items'], 'item')}, "
        f"{facts['checkable']:.0%} of constraints checkable without a judge"
    )


def failing_references(benchmark: Benchmark) -> list[FailingReference]:
    """The checks that a group's reference answer to level 5 does not pass."""
    failures = []
    for group in benchmark.groups:
        if not group.reference:
            continue
        levels = enumerate(group.levels, start=1)
        for number, level in levels if group.cumulative else [(5, group.levels[-1])]:
            check = level.constraint.check
            if check is None:
                continue
            outcome = run_check(check, group.reference, group.lang)
            if not outcome.ok:
                name = f"{group.category}/{group.id}"
                failures.append(FailingReference(name, number, check.type, outcome.message))
    return failures
