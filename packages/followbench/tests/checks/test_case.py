"""Upper, lower, title and sentence case."""

from __future__ import annotations

import pytest

from followbench.checks import run_check


@pytest.mark.parametrize(
    ("mode", "text", "ok", "message"),
    [
        ("lower", "no capitals, 3 of them.", True, "lower case, as wanted"),
        ("lower", "no Capitals.", False, "'Capitals' has a capital, lower case wanted"),
        ("lower", "下雨 3!", False, "no letters that have a case, lower case wanted"),
        ("upper", "IT'S 3 PM", True, "upper case, as wanted"),
        ("upper", "IT's", False, "'IT's' is not in capitals, upper case wanted"),
        ("title", "The Lord of the Rings", True, "title case, as wanted"),
        ("title", "**The Lord**\nand Others", False,
         "'and' begins in lower case, title case wanted"),
        ("title", "The old Lord", False, "'old' begins in lower case, title case wanted"),
        ("sentence", "It rains in Rome. Barack Obama met Angela Merkel.", True,
         "sentence case, as wanted"),
        ("sentence", "It rains. it pours.", False,
         "a sentence begins 'it pours.', sentence case wanted"),
        ("sentence", "The Lord of the Rings Is Long", False,
         "every word has a capital, sentence case wanted"),
        ("sentence", "IT RAINS", False, "the text is in capitals, sentence case wanted"),
    ],
)  # fmt: skip
def test_case(said, mode, text, ok, message):
    assert said({"type": "case", "mode": mode}, text) == (ok, message)


def test_negated(said):
    spec = {"type": "case", "mode": "upper", "negate": True}
    assert said(spec, "RAIN") == (False, "upper case, which was not allowed")
    assert said(spec, "Rain") == (True, "'Rain' is not in capitals, upper case not wanted")


@pytest.mark.parametrize(
    ("text", "count"),
    [("NEVER do THAT", 2), ("I saw A cat", 0), ("COVID-19 and U.S.", 2), ("雨 RAIN", 1), ("", 0)],
)
def test_words_in_capitals(text, count):
    assert run_check({"type": "capital_words", "exactly": count}, text).ok


def test_message_of_capital_words(said):
    spec = {"type": "capital_words", "max": 1}
    assert said(spec, "NO NO") == (False, "2 words in capitals, at most 1 wanted")
