"""HSR, SSR and CSL (FollowBench, arXiv 2310.20410, section 4), with bootstrap intervals.

With h and s the hard and soft score of an item, over the groups of a category:

    HSR(n) = mean of h at level n        SSR(n) = mean of s at level n
    CSL    = mean over groups of how many levels, counted from level 1, have h = 1 in a row

Rates are in percent. The headline is the plain mean over categories. A group enters HSR(n) and
SSR(n) if its item at level n is scored, and CSL if all five are: leaving out only the groups
that broke off late would pull CSL down.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from followbench.data import CATEGORIES, LEVELS, Key

Floats = npt.NDArray[np.float64]
RESAMPLES = 2000


@dataclass(frozen=True)
class CategoryScores:
    """The scores of one category's groups; NaN where an item has none.

    Attributes:
        name: The category.
        groups: The groups' ids.
        hard: Hard scores, shape (groups, 5).
        soft: Soft scores, shape (groups, 5).
    """

    name: str
    groups: tuple[str, ...]
    hard: Floats
    soft: Floats

    @property
    def runs(self) -> Floats:
        """Levels satisfied in a row from level 1, shape (groups,); NaN for partial groups."""
        in_a_row: Floats = np.cumprod(self.hard == 1.0, axis=1).sum(axis=1).astype(np.float64)
        in_a_row[np.isnan(self.hard).any(axis=1)] = np.nan
        return in_a_row


def by_category(
    scores: Iterable[tuple[Key, float | None, float | None]],
) -> list[CategoryScores]:
    """Arranges (key, hard, soft) as one table a category, in the paper's order of categories."""
    groups: dict[str, dict[str, Floats]] = {category: {} for category in CATEGORIES}
    for (category, example_id, level), hard, soft in scores:
        cells = groups[category].setdefault(example_id, np.full((2, LEVELS), np.nan))
        if hard is not None and soft is not None:
            cells[:, level - 1] = hard, soft
    tables = []
    for category, rows in groups.items():
        if rows:
            stacked = np.stack(list(rows.values()))
            tables.append(CategoryScores(category, tuple(rows), stacked[:, 0], stacked[:, 1]))
    return tables


def summarize(
    tables: Sequence[CategoryScores], *, seed: int = 0, resamples: int = RESAMPLES
) -> dict[str, Any]:
    """Point values and 95 % intervals.

    Returns:
        ``{"categories": {name: {"groups", "n", "csl_groups", "hsr", "ssr", "csl",
        "intervals"}}, "average": {"hsr", "ssr", "csl", "intervals"}}``; ``hsr`` and ``ssr``
        have five values in percent, ``n`` five counts of scored items; ``None`` stands where
        nothing could be scored. An interval is ``[low, high]``, the 2.5th and 97.5th
        percentile over resampled groups.
    """
    categories: dict[str, Any] = {}
    points, draws = [], []
    for table in tables:
        point, known = point_values(table), known_groups(table)
        drawn = resample(table, seed=seed, resamples=resamples)
        points.append(point)
        draws.append(drawn)
        categories[table.name] = {
            "groups": len(table.groups),
            "n": [int(n) for n in known[:LEVELS]],
            "csl_groups": int(known[-1]),
            **_named(point),
            "intervals": _intervals(drawn, known),
        }
    if not tables:
        nothing = np.full(2 * LEVELS + 1, np.nan)
        return {"categories": {}, "average": {**_named(nothing), "intervals": _named(nothing)}}
    average = {
        **_named(nanmean(np.stack(points))),
        "intervals": _intervals(nanmean(np.stack(draws)), fewest(map(known_groups, tables))),
    }
    return {"categories": categories, "average": average}


def point_values(table: CategoryScores) -> Floats:
    """A category's values, shape (11,): HSR at 5 levels, SSR at 5 levels, CSL."""
    values: Floats = _means(np.ones((1, len(table.groups))), _columns(table))[0]
    return values


def resample(table: CategoryScores, *, seed: int, resamples: int) -> Floats:
    """Bootstrap draws of a category's values, resampling whole groups.

    The draws depend on the seed, the category and the number of groups alone, so that two
    models on the same groups are resampled alike (a paired bootstrap).

    Returns:
        Shape (resamples, 11): HSR at 5 levels, SSR at 5 levels, CSL.
    """
    groups = len(table.groups)
    generator = np.random.default_rng([seed, CATEGORIES.index(table.name), groups])
    weights = generator.multinomial(groups, np.full(groups, 1 / groups), size=resamples)
    return _means(weights.astype(np.float64), _columns(table))


def known_groups(table: CategoryScores) -> Floats:
    """How many groups each of a category's values rests on, shape (11,)."""
    known: Floats = (~np.isnan(_columns(table))).sum(axis=0).astype(np.float64)
    return known


def fewest(counts: Iterable[Floats]) -> Floats:
    """The smallest count of each value over the categories that have it.

    All draws of a single group are the same, so an interval needs two in each category.
    """
    stacked = np.stack([np.where(count > 0, count, np.inf) for count in counts])
    smallest: Floats = stacked.min(axis=0)
    return smallest


def _columns(table: CategoryScores) -> Floats:
    return np.column_stack([table.hard * 100, table.soft * 100, table.runs])


def _means(weights: Floats, values: Floats) -> Floats:
    """Weighted column means without the NaNs: (draws, groups) x (groups, k) -> (draws, k)."""
    known = ~np.isnan(values)
    totals = weights @ np.where(known, values, 0.0)
    counts = weights @ known.astype(np.float64)
    means: Floats = np.divide(totals, counts, out=np.full_like(totals, np.nan), where=counts > 0)
    return means


def nanmean(stack: Floats) -> Floats:
    """Mean over the first axis of what is there; NaN where nothing is."""
    known = ~np.isnan(stack)
    totals, counts = np.where(known, stack, 0.0).sum(axis=0), known.sum(axis=0)
    means: Floats = np.divide(totals, counts, out=np.full_like(totals, np.nan), where=counts > 0)
    return means


def _intervals(drawn: Floats, groups: Floats) -> dict[str, Any]:
    bounds = []
    for column, count in zip(drawn.T, groups, strict=True):
        known = column[~np.isnan(column)]
        enough = known.size and count > 1
        bounds.append(
            [float(bound) for bound in np.percentile(known, [2.5, 97.5])] if enough else None
        )
    return {"hsr": bounds[:LEVELS], "ssr": bounds[LEVELS : 2 * LEVELS], "csl": bounds[-1]}


def _named(values: Floats) -> dict[str, Any]:
    plain = [None if np.isnan(value) else float(value) for value in values]
    return {"hsr": plain[:LEVELS], "ssr": plain[LEVELS : 2 * LEVELS], "csl": plain[-1]}
