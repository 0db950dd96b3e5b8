"""Paired comparison: exact differences, and a p-value that is small only when it should be."""

from __future__ import annotations

import random

import pytest

from followbench.answers import Answers
from followbench.checks import parse_check
from followbench.comparison import compare
from followbench.data import Benchmark, Constraint, Group, Level
from followbench.results import Result, evaluate
from truing_core.errors import InputError, UsageError


def scored(cells):
    """A run with these scores of (category, id, level)."""
    items = [
        {
            "category": category,
            "example_id": group,
            "level": level,
            "fingerprint": "same",
            "hard": hard,
            "soft": soft,
        }
        for (category, group, level), hard, soft in cells
    ]
    return Result({"checks": "fixed", "lang": "en", "constraints": "all"}, items)


def table(rates, groups=40, seed=0, categories=("content", "style")):
    rng = random.Random(seed)
    return scored(
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
    weak, strong = (
        Result(
            table(0.5).summary,
            table(rate, categories=many).items + table(rate, groups=1, categories=single).items,
        )
        for rate in (0.2, 0.9)
    )
    result = compare(weak, strong)
    tested = result["categories"]["style"]["hsr"]
    assert (tested["interval"], tested["p"]) == (None, None)
    assert tested["difference"] == pytest.approx(tested["second"] - tested["first"])
    assert result["average"]["hsr"]["interval"] is None
    assert result["categories"]["content"]["hsr"]["p"] < 0.01


def test_a_single_whole_group_has_no_interval_of_csl():
    """CSL counts whole groups; of two, one lacks an item."""
    cells = [("style", group, level) for group in "ab" for level in range(1, 6)][:-1]
    one, two = (scored((cell, hard, hard) for cell in cells) for hard in (0.0, 1.0))
    tested = compare(one, two)["categories"]["style"]
    assert tested["csl"]["difference"] == 5
    assert tested["csl"]["p"] is None
    assert tested["hsr"]["p"] < 0.01


def test_difference_is_second_minus_first_and_a_large_one_is_significant():
    weak, strong = table(0.2, seed=1), table(0.8, seed=2)
    result = compare(weak, strong)
    tested = result["average"]["hsr"]
    by_hand = [
        sum(row["hard"] for row in model.items) / (2 * 40 * 5) * 100 for model in (weak, strong)
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
    one = scored([(("content", "1", 1), 1.0, 1.0), (("content", "1", 2), 1.0, 1.0)])
    two = scored([(("content", "1", 1), 0.0, 0.0), (("content", "1", 2), None, None)])
    result = compare(one, two)
    assert result["items"] == 1
    assert result["average"]["hsr"]["first"] == 100
    assert result["average"]["hsr"]["second"] == 0
    assert result["average"]["csl"] is None


def test_groups_are_matched_by_id_not_by_place():
    one = scored([(("mixed", "a", 1), 1.0, 1.0), (("mixed", "b", 1), 0.0, 0.0)])
    two = scored([(("mixed", "b", 1), 0.0, 0.0), (("mixed", "a", 1), 1.0, 1.0)])
    tested = compare(one, two)["average"]["hsr"]
    assert tested["difference"] == 0
    assert tested["p"] == 1


def test_nothing_in_common_is_an_error():
    with pytest.raises(InputError, match="no scored item in common"):
        compare(table(0.5, categories=("content",)), table(0.5, categories=("style",)))


def garden(text="Name {} in level {}.", lang="en", most=9, ids=("a", "b"), kind="check"):
    """Two groups whose every level wants at most so many words, or a judge."""
    limits = Constraint("check", check=parse_check({"type": "words", "max": most}))
    asked = limits if kind == "check" else Constraint("criterion", criterion="It is kind.")
    groups = [
        Group(
            id,
            "style",
            lang,
            "Name it.",
            tuple(Level(text.format(id, n), asked if n == 1 else limits) for n in range(1, 6)),
        )
        for id in ids
    ]
    return Benchmark("garden", lang, tuple(groups))


def answered(benchmark, answer, judgement=None):
    answers = Answers({item.key: answer for item in benchmark.items})
    words = {item.key: judgement for item in benchmark.items}
    return evaluate(benchmark, answers, None if judgement is None else Answers(words))


def test_the_same_id_in_other_data_is_another_question():
    first = answered(garden(), "one two " * 9)
    other = answered(garden("Write of {} by {}."), "one two")
    with pytest.raises(InputError, match="no scored item in common"):
        compare(first, other)


def test_items_that_are_decided_by_something_else_are_left_out():
    """Group a is the same in both; in group b another length is allowed."""
    first, second = garden(ids=("a",)), garden(ids=("b",))
    mended = Benchmark("garden", "en", (*first.groups, *garden(most=3, ids=("b",)).groups))
    whole = Benchmark("garden", "en", (*first.groups, *second.groups))
    result = compare(answered(whole, "one two three four"), answered(mended, "one two three four"))
    assert (result["items"], result["groups"], result["changed"]) == (5, 1, 5)
    assert result["average"]["hsr"]["difference"] == 0
    assert compare(answered(whole, "one"), answered(first, "one"))["changed"] == 0


def test_languages_do_not_compare():
    with pytest.raises(UsageError, match=r"the runs are in different languages \(en, zh\)"):
        compare(answered(garden(), "tea"), answered(garden(lang="zh"), "tea"))


def test_a_judged_run_and_an_unjudged_one_do_not_compare():
    judged = answered(garden(kind="criterion"), "tea", "[NO]")
    unjudged = answered(garden(kind="criterion"), "tea")
    with pytest.raises(UsageError, match="scored with a judge and the other without"):
        compare(unjudged, judged)
    # Where nothing wants a judge, it makes no difference whether there was one.
    assert compare(answered(garden(), "tea", "[NO]"), answered(garden(), "tea"))["items"] == 10
