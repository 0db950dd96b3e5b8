"""Hard, easy, undecided."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lion_distill.discrimination import split, split_stage
from lion_distill.rows import Review, Verdict
from lion_distill.workspace import Iteration, load, save
from truing_core.errors import InputError, UsageError


def review(teacher, student, id="a"):
    return Review(id=id, teacher=teacher, student=student)


@pytest.mark.parametrize(
    ("teacher", "student", "kind", "gap", "agree"),
    [
        ([8, 8], [7, 7], "hard", 1.0, True),
        ([8, 8], [7.1, 7.1], "easy", 0.9, True),
        ([8.1, 8.1], [7.1, 7.1], "hard", 1.0, True),  # in binary 8.1 - 7.1 falls short of 1
        ([4.35, 4.35], [3.35, 3.35], "hard", 1.0, True),
        ([9, 8], [8, 7.5], "easy", 0.75, False),
        ([9, 8], [7, 8], "hard", 1.0, False),
        ([5, 5], [9, 9], "easy", -4.0, True),
        ([10, 10], [10, 10], "easy", 0.0, True),
    ],
)
def test_the_gap_decides(teacher, student, kind, gap, agree):
    [verdict] = split([review(teacher, student)])
    assert (verdict.kind, verdict.gap, verdict.agree) == (kind, gap, agree)
    assert verdict.teacher == sum(teacher) / 2
    assert verdict.student == sum(student) / 2


@pytest.mark.parametrize(
    ("teacher", "student"),
    [([None, 9], [1, 1]), ([9, 9], [1, None]), ([None, None], [None, None])],
)
def test_a_missing_score_decides_nothing(teacher, student):
    assert split([review(teacher, student)], -9.0) == [Verdict(id="a", kind="undecided")]


def test_the_threshold():
    one = [review([8, 8], [6.5, 6.5])]
    assert [split(one, limit)[0].kind for limit in (0, 1.5, 1.6, 9)] == [
        "hard", "hard", "easy", "easy"
    ]  # fmt: skip
    with pytest.raises(UsageError, match="threshold is nan"):
        split(one, float("nan"))


@pytest.mark.parametrize("score", [-1, 0, 11, float("nan"), "good"])
def test_a_score_beyond_the_scale_is_no_review(score):
    with pytest.raises(ValidationError):
        review([score, 5], [5, 5])


SCORES = st.decimals(1, 10, places=1).map(float)
BOTH = st.lists(SCORES, min_size=2, max_size=2)


@given(BOTH, BOTH, st.decimals(-3, 3, places=1).map(float))
def test_as_exact_arithmetic_has_it(teacher, student, threshold):
    tenths = [[round(10 * score) for score in side] for side in (teacher, student)]
    gap = Fraction(sum(tenths[0]) - sum(tenths[1]), 20)
    [verdict] = split([review(teacher, student)], threshold)
    assert (verdict.kind == "hard") == (gap >= Fraction(round(10 * threshold), 10))
    assert verdict.gap == float(gap)
    # Neither the order of the orders nor the units of the scores matter.
    [turned] = split([review(teacher[::-1], student[::-1])], threshold)
    assert (turned.kind, turned.gap, turned.agree) == (verdict.kind, verdict.gap, verdict.agree)


@given(BOTH, BOTH)
def test_a_higher_threshold_makes_no_more_hard(teacher, student):
    kinds = [split([review(teacher, student)], limit / 4)[0].kind for limit in range(-40, 41)]
    assert kinds == sorted(kinds, reverse=True)  # hard, then easy


def test_the_stage(tmp_path, capsys):
    at = Iteration(tmp_path, 2)
    with pytest.raises(InputError, match="run 'lion-distill referee' first"):
        split_stage(at)
    save(
        at.reviews,
        [review([9, 9], [5, 5]), review([9, 9], [9, 9], "b"), review([9, None], [9, 9], "c")],
    )
    facts = split_stage(at, 2.0)
    assert (facts["threshold"], facts["n"]) == (
        2.0,
        {"hard": 1, "easy": 1, "undecided": 1, "all": 3},
    )
    assert [(each.id, each.kind) for each in load(at.split, Verdict)] == [
        ("a", "hard"), ("b", "easy"), ("c", "undecided")
    ]  # fmt: skip
    assert capsys.readouterr().err == ("warning: 1 of 3 instructions are undecided (1 unread)\n")
