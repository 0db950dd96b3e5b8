"""The choice of words and letters: repetition, variety, word length, single letters."""

from __future__ import annotations

import unicodedata
from collections import Counter
from itertools import pairwise
from string import ascii_lowercase
from typing import Annotated, Literal

import regex
from pydantic import AfterValidator, Field

from followbench.checks.base import Bounds, Check, Example, Outcome, plural, show
from followbench.checks.matching import prepared
from followbench.checks.text import words

_ALPHABET = ascii_lowercase
_NO_LETTER = regex.compile(r"[^\p{L}\p{M}\p{N}]++")


def _single(letter: str) -> str:
    if len(letter) != 1 or letter.isspace():
        raise ValueError("has to be one character")
    return letter


class LetterCount(Bounds):
    """How often a letter (or any other character) occurs."""

    example = Example(
        {"type": "letter_count", "letter": "r", "max": 2}, "Rain or shine", "Rain or a rare shower"
    )

    type: Literal["letter_count"] = "letter_count"
    letter: Annotated[str, AfterValidator(_single)] = Field(description="One character.")
    case_sensitive: bool = Field(default=False, description="Tell `R` from `r`.")

    def test(self, text: str, lang: str) -> Outcome:
        if self.case_sensitive:
            count = text.count(self.letter)
        else:
            count = text.casefold().count(self.letter.casefold())
        return self.judge(count, f"{show(self.letter)} occurs {plural(count, 'time')}")


class UniqueWords(Check):
    """No word is used twice, or more than some number of times; case does not matter."""

    example = Example(
        {"type": "unique_words"}, "Rain fell on every roof.", "The rain fell on the roof."
    )

    type: Literal["unique_words"] = "unique_words"
    times: int = Field(default=1, ge=1, description="How often one word may be used.")

    def test(self, text: str, lang: str) -> Outcome:
        allowed = "each only once" if self.times == 1 else f"each at most {self.times} times"
        more = "a repeated one" if self.times == 1 else f"one used more than {self.times} times"
        common = _tally(text).most_common(1)
        if common and common[0][1] > self.times:
            word, count = common[0]
            message = f"the word {show(word)} occurs {plural(count, 'time')}"
            return Outcome(False, f"{message}, {allowed} wanted", f"{message}, {more} wanted")
        often = f"at most {plural(common[0][1], 'time')}" if common else "no word"
        found = f"every word occurs {often}" if common else "no word"
        return Outcome(True, f"{found}, {allowed} wanted", f"{found}, {more} wanted")


class DistinctWords(Bounds):
    """Number of different words; case does not matter."""

    example = Example({"type": "distinct_words", "min": 3}, "Rain falls. Rain stays.", "Rain, rain")

    type: Literal["distinct_words"] = "distinct_words"

    def test(self, text: str, lang: str) -> Outcome:
        count = len(_tally(text))
        return self.judge(count, plural(count, "different word"))


class WordLengths(Bounds):
    """Letters in every word."""

    example = Example({"type": "word_lengths", "max": 5}, "Rain won't stop.", "Umbrellas won't do.")

    type: Literal["word_lengths"] = "word_lengths"

    def test(self, text: str, lang: str) -> Outcome:
        spoken = words(text)
        if not spoken:
            return Outcome(False, f"no word, words of {self.wanted_of('letter')} wanted")
        sizes = [len(_NO_LETTER.sub("", word)) for word in spoken]
        for word, size in zip(spoken, sizes, strict=True):
            if not self.holds(size):
                return self.judge(size, f"{show(word)} has {plural(size, 'letter')}")
        low, high = min(sizes), max(sizes)
        found = plural(low, "letter") if low == high else f"{low} to {high} letters"
        found = f"every word has {found}"
        return Outcome(
            True, f"{found}, {self.wanted} wanted", f"{found}, one with {self.unwanted} wanted"
        )


class WordInitials(Check):
    """The first letters of the words, in order; case does not matter.

    `alphabet`: each word begins with the letter after that of the word before, `a` after `z`.
    `different`: no two neighbours begin with the same letter. `same`: all words do.
    """

    example = Example(
        {"type": "word_initials", "rule": "same"}, "Rainy roads rarely rest.", "Rain rarely falls."
    )

    type: Literal["word_initials"] = "word_initials"
    rule: Literal["alphabet", "different", "same"] = Field(description="The rule.")

    def test(self, text: str, lang: str) -> Outcome:
        spoken = [word for word in words(text) if word[0].isalpha()]
        wanted = {
            "alphabet": "initials in alphabetical order",
            "different": "neighbours with different initials",
            "same": "all with the same initial",
        }[self.rule]
        if not spoken:
            return Outcome(False, f"no word, {wanted} wanted")
        for one, other in pairwise(spoken):
            if not self._allows(_initial(one), _initial(other)):
                return Outcome(False, f"{show(other)} follows {show(one)}, {wanted} wanted")
        found = plural(len(spoken), "word")
        return Outcome(True, f"{found}, {wanted} wanted", f"{found}, {wanted} not wanted")

    def _allows(self, one: str, other: str) -> bool:
        if self.rule == "alphabet":
            following = _ALPHABET.find(one) + 1
            return following > 0 and _ALPHABET[following % len(_ALPHABET)] == other
        return (one == other) == (self.rule == "same")


def _initial(word: str) -> str:
    """The first letter in lower case, without accents."""
    return unicodedata.normalize("NFD", word[0])[0].lower()


def _tally(text: str) -> Counter[str]:
    return Counter(word.casefold() for word in words(prepared(text)))


CHECKS: tuple[type[Check], ...] = (
    LetterCount,
    UniqueWords,
    DistinctWords,
    WordLengths,
    WordInitials,
)
