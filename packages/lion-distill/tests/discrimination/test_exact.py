"""Right and wrong answers, told without a judge."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("math_verify", reason="math-verify is not installed")

from lion_distill.discrimination.exact import is_right, review_exactly
from lion_distill.rows import Answers, Instruction


@pytest.mark.parametrize(
    ("reference", "text", "right"),
    [
        ("12", "The answer is 12, because 3 * 4 is.", True),
        ("12", "First 5, then 7. That makes 12 apples.", True),
        ("12", "12.0", True),
        ("12", "#### 13", False),
        ("12", "a12", False),
        ("12", "The answer is 13, not 12.", False),
        ("12", "", False),
        ("1,200", "It costs $1200.", True),
        ("-5", "5", False),
        ("12 km", "12", True),
        ("12 km", "It is 12 km.", True),
        ("12 km", "It is 12 m.", False),
        ("olleh", "The reversed string is olleh.", True),
        ("olleh", "hello", False),
        ("a1b", "c1d", False),
        ("Apple banana", "The sorted words are: apple banana", True),
        ("apple banana", "banana apple", False),
        ("b c", "a b c", False),
        ("1, 2, 3", "1, 2, 3", True),
        ("1, 2, 3", "3, 2, 1", False),
        ("1 2 3", "3 2 1", False),
        ("Monday", "We count on.\nThe answer is **Monday**.", True),
        ("Monday", "Tuesday", False),
        ("2024-03-01", "It is 2024-03-01.", True),
        ("2024-03-01", "2024-01-03", False),
        ("\\frac{1}{2}", "So \\boxed{0.5}", True),
        ("(x+1)^2", "The answer is $x^2 + 2x + 1$.", True),
        ("(x+1)^2", "The answer is $x^2 + 1$.", False),
        ("?", "!", False),
        ("12", "__import__('os').abort()", False),
    ],
)
def test_right_and_wrong(reference, text, right):
    assert is_right(reference, text) is right


def reviewed(answer, teacher, student):
    told = Instruction(id="a", instruction="Do it.", answer=answer)
    return review_exactly(told, Answers(id="a", teacher=teacher, student=student))


def test_scores_are_10_and_1_in_both_orders():
    review = reviewed("7", "It is 7.", "It is 8.")
    assert (review.teacher, review.student, review.reason) == ([10, 10], [1, 1], None)
    assert reviewed("The answer is 7.", "It is 8.", "7").teacher == [1, 1]
    assert reviewed("7", "It is 8.", "").student == [1, 1]


def test_the_teacher_stands_in_where_no_answer_is_known():
    review = reviewed(None, "3 + 4 = 7\nThe answer is 7.", "Seven, that is 7.")
    assert (review.teacher, review.student) == ([10, 10], [10, 10])
    assert reviewed(None, "The capital is Paris.", "paris").student == [10, 10]
    assert reviewed(" ", "The capital is Paris.", "London").student == [1, 1]


def test_nothing_to_compare_with_is_undecided():
    review = reviewed(None, "A poem:\nrain on the roof,\nnight without end", "7")
    assert (review.teacher, review.student) == ([None, None], [None, None])
    assert review.reason == "no_reference"


@given(st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6))
def test_numbers(one, other):
    assert is_right(str(one), f"So we get {other:,} at last.") is (one == other)


WORDS = st.lists(st.text("abcdefgh", min_size=1, max_size=4), min_size=1, max_size=5)


@given(WORDS, WORDS)
def test_words_are_right_in_their_order_alone(one, other):
    assert is_right(" ".join(one), f"The answer is {' '.join(other)}.") is (one == other)


@given(st.text(), st.text())
def test_no_text_is_too_odd(reference, text):
    assert is_right(reference, text) in (True, False)
