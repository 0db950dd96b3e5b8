"""Final answers, and when two of them are the same."""

from __future__ import annotations

import threading
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("math_verify", reason="math-verify is not installed")

from truing_core import final_answers
from truing_core.errors import TruingError
from truing_core.final_answers import (
    final_answer,
    need_math_verify,
    option_meant,
    same_answer,
    same_text,
    stated_answer,
)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("We add.\nThe answer is 12.", "12"),
        ("The answer is 3. No, the answer is: 1.5 apples.", "1.5 apples"),
        ("Answer: **7**", "7"),
        ("12 / 4 = <<12/4=3>>3\n#### 3", "3"),
        ("So \\boxed{\\frac{1}{2}} it is, not \\boxed{x_{1}}.", "x_{1}"),
        ("\\boxed{3", "3"),
        ("the answer is \n", None),
        ("There are 12 of them.", None),
        ("The answer is 42!", "42"),
        ("\\boxed{5!}", "5!"),
    ],
)
def test_stated(text, answer):
    assert stated_answer(text) == answer


def test_the_last_number_stands_in():
    assert final_answer("First 3, then 1,200.") == "1,200"
    assert final_answer("The answer is 4, from 3 and 1") == "4, from 3 and 1"
    assert final_answer("None.") is None
    assert final_answer("It fell to \u22125.") == "\u22125"
    assert final_answer("The balance is -$5.") == "-$5"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("12", "12.0", True),
        ("$1,200", "1200 dollars", True),
        ("1/2", "0.5", True),
        ("12", "13", False),
        ("-5", "5", False),
        ("\u22125", "5", False),
        ("\u22125", "-5", True),
        ("5x", "5", False),
        ("3i", "3", False),
        ("5!", "5", False),
        ("n!", "n", False),
        ("No solution!", "no solution", True),
        ("5²", "5", False),
        ("5½", "5", False),
        ("x < 5", "5", False),
        ("x < 5", "x > 5", False),
        ("not 42", "42", False),
        ("at least 5", "5", False),
        ("B12", "12", False),
        ("5kg", "5 kg", True),
        ("20 cm²", "20", True),
        ("20人", "20", True),
        ("-$5", "5", False),
        ("-$5", "-5", True),
        ("- 5", "-5", True),
        ("5 x", "5", False),
        ("30mph", "30", True),
        ("3rd", "3", True),
        ("\\frac{1}{2}", "0.5", True),
        ("$\\frac12$", "\\dfrac{2}{4}", True),
        ("x^2 + 2x + 1", "(x+1)^2", True),
        ("x^2 + 1", "(x+1)^2", False),
        ("\\sqrt{8}", "2\\sqrt{2}", True),
        ("11:15", "11:15", True),
        ("11:15", "11:05", False),
        ("No solution", "no solution.", True),
        ("__import__('os').getcwd()", "1", False),
        ("", "", False),
    ],
)
def test_same_answer(one, other, same):
    assert same_answer(one, other) is same
    assert same_answer(other, one) is same


@pytest.mark.parametrize(
    "tower", ["9^{9^{9^{9}}}", "9**9**9**9", "2^{99999999}", "99999999!", "9^9^9"]
)
def test_what_could_take_forever_is_not_computed(tower):
    start = time.monotonic()
    assert not same_answer(tower, "\\frac{1}{2}")
    assert time.monotonic() - start < 1


def test_other_threads_may_ask():
    found = []
    asking = threading.Thread(target=lambda: found.append(same_answer("\\frac{1}{4}", "0.25")))
    asking.start()
    asking.join()
    assert found == [True]


def test_same_text():
    assert same_text("Steam.", "steam")
    assert not same_text("steam", "stream")
    assert same_text("Steam, (hot).", "steam hot")
    assert same_text("∅", " ∅ ")
    for one, other in (
        ("∅", "∞"),
        ("$50", "50%"),
        ("C", "C#"),
        ("C", "C++"),
        ("?", "!"),
        ("", "."),
    ):
        assert not same_text(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("की", "का"), ("ดี", "ดู"), ("कि", "क"), ("resumé", "resume"), ("5²", "52"), ("பா", "பீ")],
)
def test_accents_and_vowel_signs_tell_texts_apart(one, other):
    assert not same_text(one, other)
    assert same_text(f"{one}.", one)
    assert option_meant([one, other], f"({other})") == other
    assert option_meant([one, other], f'"{one}",') == one


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Caf\u00e9", "cafe\u0301!"),
        ("\u2600\ufe0f", "\u2600."),
        ("\u0915\u094d\u200d\u0937", "\u0915\u094d\u0937"),
        ("STRASSE", "straße"),
        ("की ओर", "की, ओर।"),
    ],
)
def test_ways_to_write_the_same(one, other):
    assert same_text(one, other)


@given(st.text())
def test_a_text_is_the_same_however_it_is_composed(text):
    composed, parted = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert same_text(composed, parted) or not any(char.isalnum() for char in composed)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("∞", "∞"),
        ("$50", "$50"),
        ("50%", "50%"),
        ("50", None),
        ("c#", "C#"),
        ("C", "C"),
        ("40", "40 %"),
        ("us", "US"),
        ("US.", None),
        ("US", "US"),
        ("...", "..."),
        ("?", None),
    ],
)
def test_the_option_that_is_meant(text, meant):
    options = ["∅", "∞", "$50", "50%", "40 %", "C", "C#", "US", "us!", "..."]
    assert option_meant(options, text) == meant


def test_without_math_verify_it_says_what_to_install(monkeypatch):
    need_math_verify()
    monkeypatch.setattr(final_answers, "find_spec", lambda name: None)
    assert same_answer("1/2", "0.5")
    with pytest.raises(TruingError, match=r"pip install 'truing-core\[exact\]'"):
        same_answer("\\frac{1}{3}", "x")
