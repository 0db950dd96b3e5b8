"""Metrics against plain-Python formulas written straight from the paper's definitions."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followbench.data import CATEGORIES, LEVELS
from followbench.metrics import by_category, summarize

CELL = st.sampled_from([None, (0.0, 0.0), (0.0, 0.5), (1.0, 1.0), (-1.0, -1.0)])
TABLE = st.dictionaries(
    st.sampled_from(CATEGORIES),
    st.lists(st.lists(CELL, min_size=LEVELS, max_size=LEVELS), min_size=1, max_size=6),
    min_size=1,
)


def scores_of(table):
    for category, groups in table.items():
        for number, cells in enumerate(groups):
            for level, cell in enumerate(cells, start=1):
                hard, soft = cell or (None, None)
                yield (category, str(number), level), hard, soft


def mean(values):
    values = [value for value in values if value is not None]
    return math.fsum(values) / len(values) if values else None


def rates(groups, part):
    return [
        mean([None if cells[n] is None else 100 * cells[n][part] for cells in groups])
        for n in range(LEVELS)
    ]


def csl(groups):
    lengths = []
    for cells in groups:
        if None in cells:
            continue
        length = 0
        while length < LEVELS and cells[length][0] == 1:
            length += 1
        lengths.append(length)
    return mean(lengths)


@given(TABLE)
@settings(max_examples=60, deadline=None)
def test_summary_is_the_papers_formulas(table):
    summary = summarize(by_category(scores_of(table)), resamples=10)
    for category, groups in table.items():
        block = summary["categories"][category]
        assert block["groups"] == len(groups)
        assert block["hsr"] == pytest.approx(rates(groups, 0))
        assert block["ssr"] == pytest.approx(rates(groups, 1))
        assert block["csl"] == pytest.approx(csl(groups))
        assert block["n"] == [sum(cells[n] is not None for cells in groups) for n in range(LEVELS)]
        assert block["csl_groups"] == sum(None not in cells for cells in groups)
    for n in range(LEVELS):
        expected = mean([rates(groups, 0)[n] for groups in table.values()])
        assert summary["average"]["hsr"][n] == pytest.approx(expected)
    assert summary["average"]["csl"] == pytest.approx(mean([csl(g) for g in table.values()]))


def test_categories_come_in_the_papers_order():
    table = {name: [[(1.0, 1.0)] * 5] for name in reversed(CATEGORIES)}
    assert list(summarize(by_category(scores_of(table)))["categories"]) == list(CATEGORIES)


def test_interval_covers_the_truth_about_as_often_as_it_says():
    """Of 200 samples of 40 groups with a true rate of 60 %, some 95 % of intervals hold it."""
    held = 0
    for seed in range(200):
        rng = random.Random(seed)
        groups = [[(float(rng.random() < 0.6),) * 2 for _ in range(LEVELS)] for _ in range(40)]
        summary = summarize(by_category(scores_of({"style": groups})), seed=seed, resamples=400)
        low, high = summary["categories"]["style"]["intervals"]["hsr"][0]
        held += low <= 60 <= high
    assert 180 <= held <= 198


def test_interval_of_a_certain_rate_has_no_width():
    summary = summarize(by_category(scores_of({"content": [[(1.0, 1.0)] * 5] * 3})))
    assert summary["categories"]["content"]["intervals"]["hsr"] == [[100.0, 100.0]] * 5
    assert summary["categories"]["content"]["intervals"]["csl"] == [5.0, 5.0]


def test_one_group_has_rates_but_no_interval():
    summary = summarize(by_category(scores_of({"content": [[(1.0, 1.0)] * 5]})))
    assert summary["average"]["hsr"] == [100.0] * 5
    assert summary["average"]["intervals"] == {"hsr": [None] * 5, "ssr": [None] * 5, "csl": None}


def test_same_seed_same_intervals_and_another_seed_another():
    rng = random.Random(1)
    groups = [[(float(rng.random() < 0.5),) * 2 for _ in range(LEVELS)] for _ in range(30)]
    tables = by_category(scores_of({"mixed": groups}))
    assert summarize(tables, seed=3) == summarize(tables, seed=3)
    assert summarize(tables, seed=3) != summarize(tables, seed=4)


def test_nothing_scored_is_null_not_zero():
    summary = summarize(by_category(scores_of({"format": [[None] * 5]})))
    block = summary["categories"]["format"]
    assert block["hsr"] == [None] * 5
    assert block["csl"] is None
    assert block["intervals"]["ssr"] == [None] * 5
    assert summary["average"]["hsr"] == [None] * 5


def test_no_items_at_all():
    summary = summarize([])
    assert summary["categories"] == {}
    assert summary["average"]["csl"] is None
