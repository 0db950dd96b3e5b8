"""Punctuation marks and emojis: none, so many, at the end of sentences."""

from __future__ import annotations

from typing import Literal

import regex
from pydantic import Field

from followbench.checks.base import Bounds, Check, Example, Outcome, join, place_of, plural, show
from followbench.checks.matching import Piece
from followbench.checks.sentences import sentences

_ANY = regex.compile(r"\p{P}")
_EMOJI = regex.compile(
    r"""
    \p{RI}{2} | [0-9#*]\uFE0F?\u20E3
    | (?:\p{Emoji_Presentation} | \p{Extended_Pictographic}\uFE0F) [\p{EMod}\uFE0F]*+
      (?:\u200D\p{Extended_Pictographic}[\p{EMod}\uFE0F]*+)*+
    """,
    regex.VERBOSE,
)
_WIDE = str.maketrans("！？，；：．", "!?,;:.")
_AFTER_END = "\"'”’»」』〕）)]】》*_~` "


class NoPunctuation(Check):
    """No punctuation mark at all, or none of the given ones."""

    example = Example({"type": "no_punctuation", "marks": ",，"}, "Rain. Hail!", "Rain, hail!")

    type: Literal["no_punctuation"] = "no_punctuation"
    marks: Piece | None = Field(
        default=None, description="The marks, in one string; every kind if not given."
    )

    def test(self, text: str, lang: str) -> Outcome:
        if self.marks is None:
            match = _ANY.search(text)
            mark = match.group() if match else ""
            banned = "punctuation"
        else:
            places = [text.find(mark) for mark in self.marks if not mark.isspace()]
            first = min((place for place in places if place >= 0), default=None)
            mark = "" if first is None else text[first]
            banned = join([show(m) for m in dict.fromkeys(self.marks) if not m.isspace()], "or")
        if mark:
            return Outcome(
                False,
                f"contains {show(mark)}, no {banned} wanted",
                f"contains {show(mark)}, as wanted",
            )
        return Outcome(True, f"no {banned}, as wanted", f"no {banned}, some wanted")


class PunctuationCount(Bounds):
    """How often a punctuation mark occurs, or how many marks there are in all."""

    example = Example(
        {"type": "punctuation_count", "mark": "!", "max": 1}, "Rain! Again.", "Rain! Again!"
    )

    type: Literal["punctuation_count"] = "punctuation_count"
    mark: Piece | None = Field(default=None, description="The mark; all kinds if not given.")

    def test(self, text: str, lang: str) -> Outcome:
        if self.mark is None:
            count = len(_ANY.findall(text))
            return self.judge(count, plural(count, "punctuation mark"))
        count = text.count(self.mark.strip())
        return self.judge(count, f"{show(self.mark)} occurs {plural(count, 'time')}")


class SentenceEndings(Check):
    """Every sentence ends with the mark; closing quotes and brackets may follow it."""

    example = Example({"type": "sentence_endings", "mark": "?"}, "Rain? Why?", "Rain? Yes.")

    type: Literal["sentence_endings"] = "sentence_endings"
    mark: Piece = Field(description="The mark; `!` and `！` are the same, `.` and `。` are not.")

    def test(self, text: str, lang: str) -> Outcome:
        found = sentences(text)
        wanted = f"{show(self.mark)} at the end of every sentence wanted"
        if not found:
            return Outcome(False, f"no sentence, {wanted}")
        mark = self.mark.strip().translate(_WIDE)
        for number, sentence in enumerate(found, start=1):
            if not sentence.rstrip(_AFTER_END).translate(_WIDE).endswith(mark):
                ending = sentence.rstrip()[-12:]
                return Outcome(
                    False, f"{place_of('sentence', number)} ends {show(ending)}, {wanted}"
                )
        message = f"every sentence ends with {show(self.mark)}"
        return Outcome(True, f"{message}, as wanted", f"{message}, which was not allowed")


class Emojis(Bounds):
    """Number of emojis; there is at least one by default."""

    default_min = 1
    example = Example({"type": "emojis", "max": 1}, "Rain again ☔", "Rain ☔ again 😒")

    type: Literal["emojis"] = "emojis"

    def test(self, text: str, lang: str) -> Outcome:
        count = len(_EMOJI.findall(text))
        return self.judge(count, plural(count, "emoji"))


CHECKS: tuple[type[Check], ...] = (NoPunctuation, PunctuationCount, SentenceEndings, Emojis)
