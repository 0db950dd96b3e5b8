"""Letters, repetition, variety, word lengths, initials."""

from __future__ import annotations

import pytest

from followbench.checks import parse_check
from truing_core.errors import InputError


@pytest.mark.parametrize(
    ("spec", "text", "ok", "message"),
    [
        ({"type": "letter_count", "letter": "R", "exactly": 2}, "Rare", True,
         "'R' occurs 2 times, exactly 2 wanted"),
        ({"type": "letter_count", "letter": "r", "min": 2, "case_sensitive": True}, "Rare", False,
         "'r' occurs 1 time, at least 2 wanted"),
        ({"type": "letter_count", "letter": "雨", "max": 0}, "雨", False,
         "'雨' occurs 1 time, at most 0 wanted"),
        ({"type": "unique_words"}, "Rain, rain!", False,
         "the word 'rain' occurs 2 times, each only once wanted"),
        ({"type": "unique_words"}, "It’s it's", False,
         "the word 'it's' occurs 2 times, each only once wanted"),
        ({"type": "unique_words", "negate": True}, "It rains", False,
         "every word occurs at most 1 time, a repeated one wanted"),
        ({"type": "unique_words", "times": 2}, "a a b", True,
         "every word occurs at most 2 times, each at most 2 times wanted"),
        ({"type": "unique_words", "times": 2, "negate": True}, "a a a", True,
         "the word 'a' occurs 3 times, one used more than 2 times wanted"),
        ({"type": "unique_words"}, "", True, "no word, each only once wanted"),
        ({"type": "distinct_words", "min": 3}, "A a b", False,
         "2 different words, at least 3 wanted"),
        ({"type": "word_lengths", "max": 4}, "It’s rain", True,
         "every word has 3 to 4 letters, at most 4 wanted"),
        ({"type": "word_lengths", "min": 2}, "I see", False,
         "'I' has 1 letter, at least 2 wanted"),
        ({"type": "word_lengths", "min": 2}, "?!", False,
         "no word, words of at least 2 letters wanted"),
        ({"type": "word_initials", "rule": "alphabet"}, "You zoom across", True,
         "3 words, initials in alphabetical order wanted"),
        ({"type": "word_initials", "rule": "alphabet"}, "A cat", False,
         "'cat' follows 'A', initials in alphabetical order wanted"),
        ({"type": "word_initials", "rule": "different"}, "Big 3 bears", False,
         "'bears' follows 'Big', neighbours with different initials wanted"),
        ({"type": "word_initials", "rule": "same"}, "Élan ends early", True,
         "3 words, all with the same initial wanted"),
        ({"type": "word_initials", "rule": "same"}, "12", False,
         "no word, all with the same initial wanted"),
        ({"type": "word_initials", "rule": "alphabet"}, "雨雪", False,
         "'雪' follows '雨', initials in alphabetical order wanted"),
    ],
)  # fmt: skip
def test_messages(said, spec, text, ok, message):
    assert said(spec, text) == (ok, message)


@pytest.mark.parametrize("letter", ["", "ab", " "])
def test_a_letter_is_one_character(letter):
    with pytest.raises(InputError, match="'letter' has to be one character"):
        parse_check({"type": "letter_count", "letter": letter, "min": 1})
