"""Two models on the same questions: differences with a paired bootstrap test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from followbench.data import JUDGED, LEVELS
from followbench.metrics import (
    RESAMPLES,
    CategoryScores,
    Floats,
    by_category,
    fewest,
    known_groups,
    nanmean,
    point_values,
    resample,
)
from followbench.results import Result
from truing_core.errors import InputError, UsageError

_HEADLINES = ("hsr", "ssr", "csl")


def compare(
    first: Result, second: Result, *, seed: int = 0, resamples: int = RESAMPLES
) -> dict[str, Any]:
    """How much the second model differs from the first, on the items both were scored on.

    Items that only one of them has a score for are left out on both sides, as are those that
    ask, or are decided by, something else in the second run than in the first. Each draw of the
    bootstrap takes the same groups for both; the p-value is two-sided: twice the smaller share
    of draws on either side of no difference (at least ``2 / (resamples + 1)``, at most 1).

    Returns:
        ``{"groups", "items", "changed", "average": {metric: {"first", "second",
        "difference", "interval", "p"}}, "categories": {name: ...}}`` for ``hsr`` and ``ssr``
        (mean over levels, percent) and ``csl``. ``changed`` counts the items left out since the
        runs' data differ in them; ``interval`` and ``p`` are ``None`` where a single group
        leaves nothing to draw from.

    Raises:
        UsageError: They were scored by different rules, one without a judge, or are in
            different languages.
        InputError: They have no item in common.
    """
    _refuse_unlike(first, second)
    mine, theirs, changed = _same_questions(first, second)
    pairs = _pairs(mine, theirs)
    if not pairs:
        raise InputError("the runs have no scored item in common; were they on the same data?")
    differences = {one.name: _drawn(one, two, seed, resamples) for one, two in pairs}
    points = {one.name: (_headline_of(one), _headline_of(two)) for one, two in pairs}
    categories = {
        one.name: _tested(*points[one.name], differences[one.name], groups=_groups(one))
        for one, _ in pairs
    }
    average = _tested(
        nanmean(np.stack([one for one, _ in points.values()])),
        nanmean(np.stack([two for _, two in points.values()])),
        nanmean(np.stack(list(differences.values()))),
        groups=fewest(_groups(one) for one, _ in pairs),
    )
    return {
        "groups": sum(len(one.groups) for one, _ in pairs),
        "items": int(sum((~np.isnan(one.hard)).sum() for one, _ in pairs)),
        "changed": changed,
        "average": average,
        "categories": categories,
    }


def _refuse_unlike(*runs: Result) -> None:
    """Refuses runs whose rates are different measurements."""
    differences = {"lang": "are in different languages", "checks": "were scored by different rules"}
    for name, what in differences.items():
        values = sorted({str(run.summary.get(name)) for run in runs})
        if len(values) > 1:
            raise UsageError(f"the runs {what} ({', '.join(values)})")
    if len({run.summary.get("constraints") for run in runs}) > 1 and any(
        constraint["kind"] in JUDGED
        for run in runs
        for row in run.items
        for constraint in row.get("constraints", ())
    ):
        raise UsageError(
            "one of the runs was scored with a judge and the other without; "
            "'followbench judge' judges the other, too"
        )


def _same_questions(
    first: Result, second: Result
) -> tuple[list[CategoryScores], list[CategoryScores], int]:
    """The scores of both without the items that their data differ in, and how many those are."""
    one, two = first.by_key(), second.by_key()
    changed = {
        key for key in one.keys() & two.keys() if one[key]["fingerprint"] != two[key]["fingerprint"]
    }
    mine, theirs = (
        by_category(
            (key, rows[key]["hard"], rows[key]["soft"]) for key in rows if key not in changed
        )
        for rows in (one, two)
    )
    return mine, theirs, len(changed)


def _pairs(
    first: Sequence[CategoryScores], second: Sequence[CategoryScores]
) -> list[tuple[CategoryScores, CategoryScores]]:
    """The same groups in the same order on both sides, blank where either side is."""
    others = {table.name: table for table in second}
    pairs = []
    for one in first:
        two = others.get(one.name)
        shared = [group for group in one.groups if two and group in set(two.groups)]
        if two is None or not shared:
            continue
        mine = [one.groups.index(group) for group in shared]
        theirs = [two.groups.index(group) for group in shared]
        blank = np.isnan(one.hard[mine]) | np.isnan(two.hard[theirs])
        if blank.all():
            continue
        pairs.append((_part(one, mine, blank), _part(two, theirs, blank)))
    return pairs


def _part(table: CategoryScores, rows: list[int], blank: np.ndarray) -> CategoryScores:
    return CategoryScores(
        table.name,
        tuple(table.groups[row] for row in rows),
        np.where(blank, np.nan, table.hard[rows]),
        np.where(blank, np.nan, table.soft[rows]),
    )


def _drawn(one: CategoryScores, two: CategoryScores, seed: int, resamples: int) -> Floats:
    """Differences of the headlines in draws of the same groups, shape (resamples, 3)."""
    first, second = (
        _headline(resample(table, seed=seed, resamples=resamples)) for table in (one, two)
    )
    return second - first


def _headline_of(table: CategoryScores) -> Floats:
    values: Floats = _headline(point_values(table)[None])[0]
    return values


def _groups(table: CategoryScores) -> Floats:
    """How many groups the headlines rest on, shape (3,)."""
    known = known_groups(table)
    return np.array([known[:LEVELS].max(), known[LEVELS : 2 * LEVELS].max(), known[-1]])


def _headline(values: Floats) -> Floats:
    """(draws, 11) -> (draws, 3): mean HSR over levels, mean SSR over levels, CSL."""
    hard, soft = values[:, :LEVELS], values[:, LEVELS : 2 * LEVELS]
    return np.column_stack([nanmean(hard.T), nanmean(soft.T), values[:, -1]])


def _tested(
    first: Floats, second: Floats, differences: Floats, *, groups: Floats
) -> dict[str, Any]:
    tested: dict[str, Any] = {}
    for column, name in enumerate(_HEADLINES):
        known = differences[:, column]
        known = known[~np.isnan(known)]
        if np.isnan(first[column]) or np.isnan(second[column]) or not known.size:
            tested[name] = None
            continue
        below, above = float((known <= 0).sum() + 1), float((known >= 0).sum() + 1)
        bounds = [float(bound) for bound in np.percentile(known, [2.5, 97.5])]
        p = min(1.0, 2 * min(below, above) / (known.size + 1))
        tested[name] = {
            "first": float(first[column]),
            "second": float(second[column]),
            "difference": float(second[column] - first[column]),
            "interval": bounds if groups[column] > 1 else None,
            "p": p if groups[column] > 1 else None,
        }
    return tested
