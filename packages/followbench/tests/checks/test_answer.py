"""Numbers, choices and exact strings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followbench.checks import parse_check, run_check
from followbench.checks.answer import numbers, value_of
from truing_core.errors import InputError


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("3 apples and 4.5 pears", ["3", "4.5"]),
        ("It costs $1,234.50.", ["1234.50"]),
        ("-5, −6, $-7, -$8 and 3-4", ["-5", "-6", "-7", "-8", "3", "4"]),
        ("x=.5, y=+2e3", ["0.5", "2000"]),
        ("v2, B12, COVID-19", ["19"]),
        ("1,2,3", ["1", "2", "3"]),
        ("1,111,1111", ["1111", "1111"]),
        ("50% of 3 million, 2.5 thousand", ["50", "3000000", "2500"]),
        ("共3万5千人，约1.2亿元", ["30000", "5", "120000000"]),
        ("１２个", ["12"]),
        ("1. one\n2. two\n42.", ["42"]),
        (r"$\boxed{42}$ and \frac{1}{2}", ["42", "1", "2"]),
        ("**7**!", ["7"]),
        ("no digits", []),
        ("1.2.3", ["1.2"]),
    ],
)
def test_numbers(text, values):
    assert [value_of(number) for number in numbers(text)] == [value_of(v) for v in values]


@pytest.mark.parametrize(
    ("spec", "text", "ok", "message"),
    [
        ({"equals": 42}, "6 x 7 = **42**.", True, "last number 42, 42 wanted"),
        ({"equals": 42, "which": "first"}, "6 x 7 = 42", False, "first number 6, 42 wanted"),
        ({"equals": 7, "which": "any"}, "6 x 7 = 42", True, "number 7, 7 wanted"),
        ({"equals": 8, "which": "any"}, "6 x 7 = 42", False, "numbers 6, 7 and 42, 8 wanted"),
        ({"equals": 42, "which": "only"}, "6 x 7 = 42", False, "3 numbers, only 42 wanted"),
        ({"equals": 42, "which": "only"}, "It is 42.", True, "number 42, 42 wanted"),
        ({"equals": 1200}, "$1,200.00", True, "last number $1,200.00, 1200 wanted"),
        ({"equals": 3.14, "tolerance": 0.01}, "3.15", True,
         "last number 3.15, 3.14 within 0.01 wanted"),
        ({"equals": 3.14, "tolerance": 0.01}, "3.1501", False,
         "last number 3.1501, 3.14 within 0.01 wanted"),
        ({"equals": 0.1}, "0.10", True, "last number 0.10, 0.1 wanted"),
        ({"equals": 3}, "none", False, "no number, 3 wanted"),
        ({"equals": 3, "negate": True}, "3", False, "last number 3, anything but 3 wanted"),
        ({"equals": 3, "which": "any", "negate": True}, "2 or 3", False,
         "number 3, which was not allowed"),
    ],
)  # fmt: skip
def test_number(said, spec, text, ok, message):
    assert said({"type": "number", **spec}, text) == (ok, message)


@given(st.integers(-(10**12), 10**12), st.sampled_from(["{}", "{:,}", "{:,}.00", "is {}."]))
def test_any_way_of_writing_a_number(value, form):
    assert run_check({"type": "number", "equals": value}, form.format(value)).ok
    assert not run_check({"type": "number", "equals": value + 1}, form.format(value)).ok


def test_huge_numbers_are_exact():
    digits = "9" * 5000
    assert not run_check({"type": "number", "equals": 1}, digits).ok
    assert not run_check({"type": "number", "equals": 1}, f"1e999 {digits}e999").ok
    assert not run_check({"type": "number", "equals": 0}, "0." + "0" * 100 + "1").ok


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "3"])
def test_values_that_make_no_sense(value):
    with pytest.raises(InputError, match="check 'number'"):
        parse_check({"type": "number", "equals": value})


def test_number_count(said):
    spec = {"type": "number_count", "max": 2}
    assert said(spec, "1. At 3 in 2 of 4") == (False, "3 numbers, at most 2 wanted")


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("B", "B"),
        ("(b)", "B"),
        ("**B.**", "B"),
        ("B) because A is wrong", "B"),
        ("B. The second\n", "B"),
        ("The answer is (B).", "B"),
        ("Answer: **B**. Not (A).", "B"),
        ("A is wrong, so the correct answer is B, not C", "B"),
        ("The answer is A. Wait, the answer is B.", "B"),
        (r"so $\boxed{B}$, A dog", "B"),
        (r"\boxed{\text{B}}", "B"),
        ("答案是B。", "B"),
        ("应选（B），不选别的", "B"),
        ("选B", "B"),
        ("Option B", "B"),
        ("A dog saw B", "B"),
        ("A. one\nB. two\nI think B", "B"),
        ("It is not C but B", "B"),
        ("The answer is a dog", ""),
        ("ABBA and CAB", ""),
        ("E", ""),
        ("", ""),
    ],
)
def test_what_a_text_settles_on(said, text, chosen):
    for answer in "ABCD":
        ok, message = said({"type": "choice", "answer": answer}, text)
        assert ok is (answer == chosen), f"{text}: {message}"


def test_messages_of_choice(said):
    spec = {"type": "choice", "answer": "Y", "options": "XY"}
    assert said(spec, "X") == (False, "choice X, Y wanted")
    assert said(spec, "?") == (False, "none of X or Y, Y wanted")
    assert said(spec | {"negate": True}, "Y") == (False, "choice Y, anything but Y wanted")
    with pytest.raises(InputError, match="answer 'Z' is none of the options 'XY'"):
        parse_check(spec | {"answer": "Z"})


@pytest.mark.parametrize(
    ("spec", "text", "ok", "message"),
    [
        ({"text": "It rains"}, " it RAINS\n", True, "the text is 'it RAINS', as wanted"),
        ({"text": "It rains"}, "It rains.", False, "the text is 'It rains.', 'It rains' wanted"),
        ({"text": "It rains", "ignore_punctuation": True}, "It “rains” ...", True,
         "the text is 'It “rains” ...', as wanted"),
        ({"text": "It rains", "ignore_case": False}, "it rains", False,
         "the text is 'it rains', 'It rains' wanted"),
        ({"any_of": ["yes", "no"]}, "maybe", False, "the text is 'maybe', 'yes' or 'no' wanted"),
        ({"any_of": ["yes", "no"]}, "No", True, "the text is 'No', as wanted"),
        ({"text": "It has been raining all day."}, "it has been raining all night.", False,
         "after '…en raining all' comes 'night.', 'day.' wanted"),
        ({"text": "a  \nb"}, "a\nb \n", True, "the text is 'a b', as wanted"),
        ({"text": "yes", "negate": True}, "Yes", False,
         "the text is 'Yes', which was not allowed"),
    ],
)  # fmt: skip
def test_equals(said, spec, text, ok, message):
    assert said({"type": "equals", **spec}, text) == (ok, message)


def test_equals_wants_one_source():
    with pytest.raises(InputError, match="one of 'text' and 'any_of' is needed"):
        parse_check({"type": "equals"})


@given(st.text(min_size=1).filter(str.strip))
def test_a_text_equals_itself(text):
    text = text.replace("\r", "")
    assert not text.strip() or run_check({"type": "equals", "text": text}, f"\n{text} ").ok
