"""The authors' English rules, bug for bug."""

from __future__ import annotations

import re
import string

from followbench.checks.base import Outcome, show
from followbench.checks.official.conditions import (
    Condition,
    Rule,
    counted,
    cumulative,
    require,
)
from followbench.checks.official.released import (
    SHARED,
    Dialect,
    begins_with,
    last_match,
    matches,
    matches_not,
    table_care,
)


def _contains(text: str, word: str) -> bool:
    return re.search(rf"\b{re.escape(word)}\b", text) is not None


ENGLISH = Dialect(
    stops=".!?",
    unit="word",
    # Two spaces in a row make an empty word; a line break makes none.
    length=lambda text: len(text.split(" ")),
    sentence_length=lambda sentence: len(sentence.split()),
    contains=_contains,
    punctuation=string.punctuation,
)


def _islower(text: str) -> Outcome:
    return require(text.islower(), show(text), "lower case throughout")


# Format example 30. The sentence boundary is a known splitting pattern with look-behinds for
# "e.g." and "Mr.", so the marker "1." ends a sentence too.
_SPLIT_30 = re.compile(r"(?<!\w\.\w.)(?<![A-Z][a-z]\.)(?<=\.|\?)\s")


def _bold_marker(text: str) -> Outcome:
    return require("**" in text, show(text), "the marker '**'")


def count_keywords(text: str) -> int:
    r"""Matches of ``\*\*[\d].+?:``, counted in linear time.

    The pattern itself takes quadratic time on a long line of markers without a colon.
    """
    start = re.compile(r"\*\*\d")
    count = 0
    for line in text.split("\n"):
        found = start.search(line)
        while found:
            colon = line.find(":", found.end() + 1)
            if colon < 0:
                break
            count += 1
            found = start.search(line, colon + 1)
    return count


def _five_keywords(text: str) -> Outcome:
    return counted(count_keywords(text), "numbered bold keyword", "with a colon", least=5, most=5)


def _points_are_short(text: str) -> Outcome:
    markers = [f"{number}." for number in range(1, 6)]
    for sentence in _SPLIT_30.split(text):
        if any(marker in sentence for marker in markers):
            pieces = len(sentence.split("."))
            if pieces >= 3:
                return counted(pieces, "piece", f"between full stops in {show(sentence)}", most=2)
    return Outcome(True, "fewer than 3 pieces between full stops in every point")


def _ten_to_fifteen(text: str) -> Outcome:
    outcome = Outcome(True, "no sentence")
    for sentence in _SPLIT_30.split(text):
        outcome = counted(len(sentence.split()), "word", f"in {show(sentence)}", least=10, most=15)
        if not outcome.ok:
            break
    return outcome


def _no_hyphen_ly(text: str) -> Outcome:
    found = next((word for word in text.split() if word.endswith("-ly")), None)
    return require(found is None, f"'{found}'" if found else "no '-ly'", "no word ending in '-ly'")


def _sentence(number: int, condition: Condition) -> Condition:
    return ENGLISH.in_sentence(number, condition)


RULES: dict[str, Rule] = SHARED | {
    "cnn_dailymail": cumulative(
        ENGLISH.sentence_count(3),
        ENGLISH.every_sentence_length(most=14),
        ENGLISH.sentences_have("Potter", "actor", "films"),
        _sentence(2, ENGLISH.lacks("lavish")),
        _sentence(3, matches(r"\b(has|have)\s+\w+", "'has' or 'have' before a word")),
    ),
    "xsum": cumulative(
        ENGLISH.sentence_count(1),
        ENGLISH.answer_length(most=19),
        ENGLISH.lacks("Newton Stewart"),
        matches(r"\b(am|is|are)\s+\w+ing\b", "'am', 'is' or 'are' before a word in '-ing'"),
        ENGLISH.has("operation"),
    ),
    "samsum": cumulative(
        ENGLISH.sentence_count(1),
        ENGLISH.answer_length(most=14),
        ENGLISH.has("stuff"),
        matches_not("procrast", "no 'procrast'", re.IGNORECASE),
        ENGLISH.punctuation_count(1),
    ),
    "gigaword": cumulative(
        ENGLISH.answer_length(least=8, most=8),
        ENGLISH.punctuation_count(0),
        _islower,
        ENGLISH.lacks("bus"),
        ENGLISH.has("in"),
    ),
    "arxiv": cumulative(
        ENGLISH.sentence_count(1),
        ENGLISH.answer_length(most=20),
        begins_with("We"),
        ENGLISH.has("activations"),
        ENGLISH.lacks("transformer"),
    ),
    "gsm_8k": last_match(r"\$\d+", "amount"),
    "format_22": table_care(ENGLISH, "Those are suggestions"),
    "format_30": cumulative(
        _bold_marker, _five_keywords, _points_are_short, _ten_to_fifteen, _no_hyphen_ly
    ),
}
