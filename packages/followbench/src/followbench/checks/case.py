"""Upper and lower case."""

from __future__ import annotations

from typing import Literal

import regex
from pydantic import Field

from followbench.checks.base import Bounds, Check, Example, Outcome, plural, show
from followbench.checks.sentences import sentences
from followbench.checks.text import lines, word_set, words

_CASED = regex.compile(r"[\p{Lu}\p{Ll}\p{Lt}]")
_UPPER = regex.compile(r"[\p{Lu}\p{Lt}]")
_LOWER = regex.compile(r"\p{Ll}")
_SMALL = word_set(
    "a an the and but or nor for so yet as at by in of off on per to up via vs with from into",
    "onto over than if is",
)
_NAMES = {
    "lower": "lower case",
    "upper": "upper case",
    "title": "title case",
    "sentence": "sentence case",
}


class Case(Check):
    """The case of the whole text.

    `title`: every word has a capital, though small ones (of, the, and …) need none inside a
    line. `sentence`: every sentence begins with a capital and the text is not in title or upper
    case. A text without any letter that has a case fails.
    """

    example = Example({"type": "case", "mode": "lower"}, "no capitals, ever.", "No capitals, ever.")

    type: Literal["case"] = "case"
    mode: Literal["lower", "upper", "title", "sentence"] = Field(description="The wanted case.")

    def test(self, text: str, lang: str) -> Outcome:
        wanted = _NAMES[self.mode]
        if not _CASED.search(text):
            return Outcome(False, f"no letters that have a case, {wanted} wanted")
        offender = {
            "lower": _not_lower,
            "upper": _not_upper,
            "title": _not_title,
            "sentence": _not_sentence,
        }[self.mode](text)
        if offender:
            return Outcome(False, f"{offender}, {wanted} wanted")
        return Outcome(True, f"{wanted}, as wanted", f"{wanted}, which was not allowed")


class CapitalWords(Bounds):
    """Number of words in capitals, of two letters or more (so neither `I` nor `A`)."""

    example = Example(
        {"type": "capital_words", "min": 1},
        "NEVER open it. I mean it.",
        "Never open it. I mean it.",
    )

    type: Literal["capital_words"] = "capital_words"

    def test(self, text: str, lang: str) -> Outcome:
        count = sum(1 for word in words(text) if _in_capitals(word))
        return self.judge(count, plural(count, "word") + " in capitals")


def _in_capitals(word: str) -> bool:
    return word.isupper() and len(_UPPER.findall(word)) > 1


def _not_lower(text: str) -> str:
    return next((f"{show(w)} has a capital" for w in words(text) if _UPPER.search(w)), "")


def _not_upper(text: str) -> str:
    return next((f"{show(w)} is not in capitals" for w in words(text) if _LOWER.search(w)), "")


def _not_title(text: str) -> str:
    for line in lines(text):
        for number, word in enumerate(words(line)):
            small = number > 0 and word.lower() in _SMALL
            if word[0].islower() and not small:
                return f"{show(word)} begins in lower case"
    return ""


def _not_sentence(text: str) -> str:
    for sentence in sentences(text):
        first = next(iter(words(sentence)), "")
        if first[:1].islower():
            return f"a sentence begins {show(sentence, 20)}"
    main = [w for w in words(text) if _CASED.search(w) and w.lower() not in _SMALL]
    if len(main) > 1 and not _LOWER.search("".join(main)):
        return "the text is in capitals"
    if len(main) > 2 and not any(word[0].islower() for word in main):
        return "every word has a capital"
    return ""


CHECKS: tuple[type[Check], ...] = (Case, CapitalWords)
