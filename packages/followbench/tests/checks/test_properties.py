"""What holds for every check type and any text."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from followbench.checks import Outcome, parse_check
from followbench.checks.registry import BUILT_IN

MORE = [
    {"type": "sentence_words", "max": 5, "sentence": -1},
    {"type": "paragraph_sentences", "min": 2, "paragraph": 2},
    {"type": "line_words", "exactly": 3, "line": 1},
    {"type": "includes", "keywords": ["a", "雨", "b c"], "at_least": 2},
    {"type": "includes", "keywords": ["A."], "case_sensitive": True, "whole_word": False},
    {"type": "keyword_count", "any_of": ["a", "雨"], "max": 2},
    {"type": "keyword_position", "keyword": "a", "paragraph": 1},
    {"type": "keyword_position", "keyword": "a b", "line": -1, "word": -2},
    {"type": "unique_words", "times": 2},
    {"type": "word_initials", "rule": "alphabet"},
    {"type": "word_initials", "rule": "different"},
    {"type": "starts_with", "any_of": ["a", "**", "“"]},
    {"type": "ends_with", "text": "a.", "case_sensitive": True},
    {"type": "line_starts", "pattern": "bullet"},
    {"type": "paragraph_starts", "pattern": "number", "paragraph": -1},
    {"type": "sentence_starts", "any_of": ["a", "雨"]},
    {"type": "case", "mode": "upper"},
    {"type": "case", "mode": "title"},
    {"type": "case", "mode": "sentence"},
    {"type": "no_punctuation"},
    {"type": "punctuation_count", "max": 3},
    {"type": "bullet_list", "marker": "*", "nested": True, "max": 3},
    {"type": "table", "header": ["a", "b"]},
    {"type": "headings", "level": 1},
    {"type": "sections", "marker": "a"},
    {"type": "sections", "titles": ["a", "雨"]},
    {"type": "separator", "text": ",", "parts": 2, "different": True},
    {"type": "title", "open": "*", "close": "*"},
    {"type": "postscript", "marker": "雨："},
    {"type": "highlights", "style": "any", "max": 1},
    {"type": "json", "only": False, "keys": ["a"], "values": {"a": 1}},
    {"type": "code_block"},
    {"type": "language", "code": "zh"},
    {"type": "language", "code": "en"},
    {"type": "number", "equals": 1, "which": "any", "tolerance": 1},
    {"type": "number", "equals": 1, "which": "only"},
    {"type": "choice", "answer": "a", "options": "ab-]^"},
    {"type": "equals", "any_of": ["a", "b c"], "ignore_punctuation": True, "ignore_case": False},
    {"type": "regex", "pattern": "(a|b)*c?", "flags": "ims", "max": 3},
    {"type": "regex", "pattern": ".*a", "full": True},
    {"type": "template", "template": "{a} a {b}\n{c}"},
]
SPECS = [*(cls.example.spec for cls in BUILT_IN.values()), *MORE]
PAIRS = [(parse_check(spec), parse_check({**spec, "negate": True})) for spec in SPECS]

structured = st.text(
    st.sampled_from(
        "aAbB雨。！，？“”.!?…,;:：'\"*_#-+|`~>()[]{}《》0123 \n\n\t\r\0\ud800\u0301☔é、）"
    ),
    max_size=80,
)
lines = st.lists(
    st.sampled_from(
        ["- a", "  * b", "1. A b.", "2、雨", "# A", "```json", "```", "|a|b|", "|-|-|", "***", "",
         '{"a": 1}', "P.S. a", "<<a>>", "**a** [b]", "Section 1", "A: b", "answer is B", "$1,000"]
    ),
    max_size=12,
).map("\n".join)  # fmt: skip
texts = st.one_of(st.text(max_size=60), structured, lines)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(texts, st.sampled_from(["en", "zh"]))
def test_every_check_judges_any_text_and_its_inverse_says_the_opposite(text, lang):
    for check, inverse in PAIRS:
        outcome, opposite = check.run(text, lang), inverse.run(text, lang)
        assert type(outcome) is Outcome
        assert outcome.ok is not opposite.ok, check
        for message in (outcome.message, opposite.message):
            assert message
            assert message.isprintable(), message
            message.encode("utf-8")


@pytest.mark.parametrize(
    "text", ["", " ", "\n\n", "\0", "\ud800", "\r\n\r", "﻿", "\u2028", "a" * 9999]
)
def test_odd_texts(text):
    for check, inverse in PAIRS:
        assert check.run(text).ok is not inverse.run(text).ok


@settings(deadline=None)
@given(texts)
def test_line_breaks_of_any_system_are_the_same(text):
    text = text.replace("\r", "")
    for check, _ in PAIRS:
        assert check.run(text.replace("\n", "\r\n")) == check.run(text), check


counted = st.sampled_from(["words", "sentences", "paragraphs", "lines", "characters"])


@given(counted, texts, st.integers(0, 6), st.integers(0, 6))
def test_bounds_of_a_count_agree_with_each_other(kind, text, low, high):
    low, high = sorted((low, high))

    def holds(**bounds):
        return parse_check({"type": kind, **bounds}).run(text).ok

    assert holds(min=low, max=high) is (holds(min=low) and holds(max=high))
    assert holds(exactly=low) is holds(min=low, max=low)
    assert holds(min=low + 1) is not holds(max=low)
    assert sum(holds(exactly=count) for count in range(7)) == holds(max=6)


@given(texts)
def test_white_space_around_a_text_does_not_change_its_counts(text):
    for kind in ("words", "sentences", "paragraphs", "lines", "characters"):
        check = parse_check({"type": kind, "exactly": 2})
        assert check.run(text) == check.run(f"\n\n{text.strip(' ')}\n \n"), kind
