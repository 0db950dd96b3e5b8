"""Paired comparison: exact differences, and a p-value that is small only when it should be."""

from __future__ import annotations

import random

import pytest

from followbench.comparison import compare
from followbench.metrics import by_category
from truing_core.errors import InputError


def table(rates, groups=40, seed=0, categories=("content", "style")):
    rng = random.Random(seed)
    return by_category(
        ((category, str(group), level), hard, hard)
        for category in categories
        for group in range(groups)
        for level in range(1, 6)
        for hard in [float(rng.random() < rates)]
    )


def test_a_model_against_itself_does_not_differ():
    same = table(0.5)
    tested = compare(same, same)["average"]["hsr"]
    assert tested["difference"] == 0
    assert tested["interval"] == [0, 0]
    assert tested["p"] == 1


def test_a_single_group_has_no_interval():
    """All draws of one group are the same, which says nothing about chance."""
    many, single = ("content",), ("style",)
    weak = [*table(0.2, categories=many), *table(0.2, groups=1, categories=single)]
    strong = [*table(0.9, categories=many), *table(0.9, groups=1, categories=single)]
    result = compare(weak, strong)
    tested = result["categories"]["style"]["hsr"]
    assert (tested["interval"], tested["p"]) == (None, None)
    assert tested["difference"] == pytest.approx(tested["second"] - tested["first"])
    assert result["average"]["hsr"]["interval"] is None
    assert result["categories"]["content"]["hsr"]["p"] < 0.01


def test_a_single_whole_group_has_no_interval_of_csl():
    """CSL counts whole groups; of two, one lacks an item."""
    cells = [("style", group, level) for group in "ab" for level in range(1, 6)][:-1]
    one, two = (by_category((cell, hard, hard) for cell in cells) for hard in (0.0, 1.0))
    tested = compare(one, two)["categories"]["style"]
    assert tested["csl"]["difference"] == 5
    assert tested["csl"]["p"] is None
    assert tested["hsr"]["p"] < 0.01


def test_difference_is_second_minus_first_and_a_large_one_is_significant():
    weak, strong = table(0.2, seed=1), table(0.8, seed=2)
    result = compare(weak, strong)
    tested = result["average"]["hsr"]
    by_hand = [
        sum(float(cells.hard.sum()) for cells in model) / (2 * 40 * 5) * 100
        for model in (weak, strong)
    ]
    assert [tested["first"], tested["second"]] == pytest.approx(by_hand)
    assert tested["difference"] == pytest.approx(by_hand[1] - by_hand[0])
    assert tested["interval"][0] > 40
    assert tested["p"] < 0.01
    assert result["groups"] == 80
    assert result["items"] == 400
    assert set(result["categories"]) == {"content", "style"}


def test_swapping_the_models_flips_the_sign():
    one, two = table(0.4, seed=1), table(0.5, seed=2)
    forth, back = compare(one, two)["average"]["csl"], compare(two, one)["average"]["csl"]
    assert forth["difference"] == pytest.approx(-back["difference"])
    assert forth["p"] == pytest.approx(back["p"])


def test_small_differences_are_rarely_significant():
    """Under no true difference, p < 0.05 in about one of twenty comparisons."""
    hits = sum(
        compare(table(0.5, seed=s), table(0.5, seed=1000 + s), resamples=300)["average"]["hsr"]["p"]
        < 0.05
        for s in range(80)
    )
    assert hits <= 11


def test_only_items_scored_on_both_sides_count():
    one = by_category([(("content", "1", 1), 1.0, 1.0), (("content", "1", 2), 1.0, 1.0)])
    two = by_category([(("content", "1", 1), 0.0, 0.0), (("content", "1", 2), None, None)])
    result = compare(one, two)
    assert result["items"] == 1
    assert result["average"]["hsr"]["first"] == 100
    assert result["average"]["hsr"]["second"] == 0
    assert result["average"]["csl"] is None


def test_groups_are_matched_by_id_not_by_place():
    one = by_category([(("mixed", "a", 1), 1.0, 1.0), (("mixed", "b", 1), 0.0, 0.0)])
    two = by_category([(("mixed", "b", 1), 0.0, 0.0), (("mixed", "a", 1), 1.0, 1.0)])
    tested = compare(one, two)["average"]["hsr"]
    assert tested["difference"] == 0
    assert tested["p"] == 1


def test_nothing_in_common_is_an_error():
    with pytest.raises(InputError, match="no scored item in common"):
        compare(table(0.5, categories=("content",)), table(0.5, categories=("style",)))
