"""Length checks: counts and their messages."""

from __future__ import annotations

import pytest

from followbench.checks import run_check


@pytest.mark.parametrize(
    ("spec", "text", "ok", "message"),
    [
        ({"type": "words", "max": 3}, "It's well-known.", True, "2 words, at most 3 wanted"),
        ({"type": "words", "min": 3}, "Rain", False, "1 word, at least 3 wanted"),
        ({"type": "words", "exactly": 5}, "我爱下雨。", False, "4 words, exactly 5 wanted"),
        ({"type": "words", "max": 3, "negate": True}, "a b", False, "2 words, more than 3 wanted"),
        (
            {"type": "sentences", "min": 2, "max": 3},
            "A b. C d.",
            True,
            "2 sentences, 2 to 3 wanted",
        ),
        ({"type": "sentences", "exactly": 1}, "", False, "0 sentences, exactly 1 wanted"),
        ({"type": "paragraphs", "max": 1}, "a\n\nb", False, "2 paragraphs, at most 1 wanted"),
        ({"type": "lines", "exactly": 3}, "a\r\nb\r\n", False, "2 lines, exactly 3 wanted"),
        ({"type": "characters", "max": 4}, "春 眠，不", True, "4 characters, at most 4 wanted"),
        (
            {"type": "characters", "max": 4, "count_spaces": True},
            "春 眠，不",
            False,
            "5 characters, at most 4 wanted",
        ),
    ],
)
def test_counts(said, spec, text, ok, message):
    assert said(spec, text) == (ok, message)


@pytest.mark.parametrize(
    ("spec", "text", "ok", "message"),
    [
        (
            {"type": "sentence_words", "max": 2},
            "It rains. It rains again.",
            False,
            "sentence 2 has 3 words, at most 2 wanted",
        ),
        (
            {"type": "sentence_words", "max": 2, "negate": True},
            "It rains. It rains again.",
            True,
            "sentence 2 has 3 words, more than 2 wanted",
        ),
        (
            {"type": "sentence_words", "max": 3, "negate": True},
            "It rains. It rains again.",
            False,
            "every sentence has 2 to 3 words, one with more than 3 wanted",
        ),
        (
            {"type": "sentence_words", "exactly": 1},
            "",
            False,
            "no sentence, every sentence with exactly 1 word wanted",
        ),
        (
            {"type": "sentence_words", "min": 2, "sentence": -1},
            "It rains. Yes.",
            False,
            "the last sentence has 1 word, at least 2 wanted",
        ),
        (
            {"type": "sentence_words", "min": 2, "sentence": 3},
            "It rains. Yes.",
            False,
            "only 2 sentences, sentence 3 with at least 2 words wanted",
        ),
        (
            {"type": "sentence_words", "min": 2, "sentence": 3, "negate": True},
            "It rains. Yes.",
            True,
            "only 2 sentences, sentence 3 with at least 2 words not wanted",
        ),
        (
            {"type": "paragraph_sentences", "max": 1},
            "It rains.\n\nOne. Two.",
            False,
            "paragraph 2 has 2 sentences, at most 1 wanted",
        ),
        (
            {"type": "paragraph_sentences", "exactly": 1, "paragraph": 1},
            "It rains.\n\nOne. Two.",
            True,
            "paragraph 1 has 1 sentence, exactly 1 wanted",
        ),
        (
            {"type": "paragraph_words", "exactly": 2},
            "It rains.\n\nOne. Two.",
            True,
            "every paragraph has 2 words, exactly 2 wanted",
        ),
        (
            {"type": "paragraph_words", "exactly": 2, "paragraph": -2},
            "It.\n\nOne. Two.",
            False,
            "paragraph 2 from the end has 1 word, exactly 2 wanted",
        ),
        (
            {"type": "line_words", "exactly": 5},
            "床前明月光，\n疑是地上霜。",
            True,
            "every line has 5 words, exactly 5 wanted",
        ),
        (
            {"type": "line_words", "max": 1, "line": 2},
            "Rain\nfalls down",
            False,
            "line 2 has 2 words, at most 1 wanted",
        ),
    ],
)
def test_sizes_of_units(said, spec, text, ok, message):
    assert said(spec, text) == (ok, message)


@pytest.mark.parametrize(
    ("by", "text", "ok", "message"),
    [
        (1, "One. One two. One two three.", True,
         "3 sentences of 1 to 3 words, 1 more from each to the next wanted"),
        (1, "One. One two three.", False,
         "sentence 2 has 3 words after 1, 1 more from each to the next wanted"),
        (-2, "One two three. One.", True,
         "2 sentences of 3 to 1 words, 2 fewer from each to the next wanted"),
        (1, "One.", False, "1 sentence, 1 more from each to the next wanted"),
    ],
)  # fmt: skip
def test_growth(said, by, text, ok, message):
    assert said({"type": "sentence_growth", "by": by}, text) == (ok, message)


def test_a_sentence_is_counted_the_same_alone_and_in_place():
    text = "Dr. Lee paid $3.14 (e.g. twice). Then he left."
    assert run_check({"type": "sentence_words", "exactly": 6, "sentence": 1}, text).ok
    assert run_check({"type": "words", "exactly": 9}, text).ok
