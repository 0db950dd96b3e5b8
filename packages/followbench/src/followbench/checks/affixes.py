"""How a text and its lines, paragraphs and sentences begin and end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Self

import regex
from pydantic import Field, model_validator

from followbench.checks.base import (
    Check,
    Example,
    Outcome,
    Position,
    join,
    pick,
    place_of,
    plural,
    show,
)
from followbench.checks.keywords import Matching
from followbench.checks.matching import Piece, Pieces, ends, prepared, starts
from followbench.checks.sentences import sentences
from followbench.checks.text import lines, paragraphs

_PATTERNS = {
    "number": regex.compile(r"(?:#{1,6}\s++|[*_>]\s*+)*+[（(]?\p{Nd}++\s?[.)、．）:：]"),
    "bullet": regex.compile(r"[-*+•·‣◦▪●○■–]\s"),
}
_PATTERN_NAMES = {"number": "a number and a full stop", "bullet": "a bullet"}


class Affix(Matching):
    """A check of beginnings or ends."""

    text: Piece | None = Field(default=None, description="The wanted beginning or end.")
    any_of: Pieces | None = Field(default=None, description="Several, any of which will do.")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [name for name in self._sources() if getattr(self, name) is not None]
        if len(given) != 1:
            names = [f"'{name}'" for name in self._sources()]
            raise ValueError(f"one of {join(names, 'and')} is needed")
        return self

    def _sources(self) -> tuple[str, ...]:
        return ("text", "any_of")

    @property
    def pieces(self) -> list[str]:
        """The texts of which one is wanted."""
        return [self.text] if self.text is not None else list(self.any_of or ())

    @property
    def wanted(self) -> str:
        """The pieces in words."""
        return join([show(piece) for piece in self.pieces], "or")

    def begins(self, unit: str) -> bool:
        """Whether a unit of text begins as wanted."""
        return any(starts(unit, p, self.case_sensitive, self.whole_word) for p in self.pieces)

    def each_begins(self, units: Sequence[str], noun: str, position: int | None) -> Outcome:
        """Judge the beginnings of all units, or of the one at ``position``."""
        every = f"{place_of(noun, position) if position else 'every ' + noun}"
        goal = f"{every} to start with {self.wanted} wanted"
        if position is not None:
            chosen = pick(units, position)
            if chosen is None:
                return Outcome(False, f"only {plural(len(units), noun)}, {goal}")
            units = [chosen]
        if not units:
            return Outcome(False, f"no {noun}, {goal}")
        for number, unit in enumerate(units, start=1):
            if not self.begins(unit):
                place = place_of(noun, position or number)
                return Outcome(False, f"{place} starts {show(unit, 20)}, {self.wanted} wanted")
        message = f"{every} starts with {self.wanted}"
        return Outcome(True, f"{message}, as wanted", f"{message}, which was not allowed")


class StartsWith(Affix):
    """The text begins so; white space and markdown emphasis before it do not matter."""

    example = Example({"type": "starts_with", "text": "We"}, "We propose", "West of here")

    type: Literal["starts_with"] = "starts_with"

    def test(self, text: str, lang: str) -> Outcome:
        message = f"starts {show(text, 30)}"
        return Outcome(
            self.begins(text),
            f"{message}, {self.wanted} wanted",
            f"{message}, anything but {self.wanted} wanted",
        )


class EndsWith(Affix):
    """The text ends so; white space and markdown emphasis after it do not matter."""

    example = Example(
        {"type": "ends_with", "any_of": ["Bye.", "Bye!"]}, "I'm off. Bye!\n", "Bye! I'm off."
    )

    type: Literal["ends_with"] = "ends_with"

    def test(self, text: str, lang: str) -> Outcome:
        ok = any(ends(text, p, self.case_sensitive, self.whole_word) for p in self.pieces)
        message = f"ends {_tail(text)}"
        return Outcome(
            ok,
            f"{message}, {self.wanted} wanted",
            f"{message}, anything but {self.wanted} wanted",
        )


class PatternedAffix(Affix):
    """A check of beginnings that also knows kinds of beginnings."""

    pattern: Literal["number", "bullet"] | None = Field(
        default=None, description="A kind of beginning: `1.`, `2)`, `3、`; or `-`, `*`, `•`."
    )

    def _sources(self) -> tuple[str, ...]:
        return ("text", "any_of", "pattern")

    @property
    def wanted(self) -> str:
        return _PATTERN_NAMES[self.pattern] if self.pattern else super().wanted

    def begins(self, unit: str) -> bool:
        if self.pattern:
            return _PATTERNS[self.pattern].match(unit.lstrip()) is not None
        return super().begins(unit)


class LineStarts(PatternedAffix):
    """Every non-empty line begins so."""

    example = Example(
        {"type": "line_starts", "pattern": "number"}, "1. Rain\n2. Hail", "1. Rain\nHail"
    )

    type: Literal["line_starts"] = "line_starts"

    def test(self, text: str, lang: str) -> Outcome:
        return self.each_begins(lines(text), "line", None)


class ParagraphStarts(PatternedAffix):
    """Every paragraph begins so, or one of them."""

    example = Example(
        {"type": "paragraph_starts", "text": "Then", "paragraph": 2},
        "Rain.\n\nThen hail.",
        "Then rain.\n\nHail.",
    )

    type: Literal["paragraph_starts"] = "paragraph_starts"
    paragraph: Position | None = Field(
        default=None, description="Only this one: 1 is the first, -1 the last."
    )

    def test(self, text: str, lang: str) -> Outcome:
        return self.each_begins(paragraphs(text), "paragraph", self.paragraph)


class SentenceStarts(Affix):
    """Every sentence begins so, or one of them."""

    example = Example(
        {"type": "sentence_starts", "text": "It"}, "It rains. It pours.", "It rains. I sleep."
    )

    type: Literal["sentence_starts"] = "sentence_starts"
    sentence: Position | None = Field(
        default=None, description="Only this one: 1 is the first, -1 the last."
    )

    def test(self, text: str, lang: str) -> Outcome:
        return self.each_begins(sentences(text), "sentence", self.sentence)


class WrappedIn(Check):
    """The whole text stands between two marks; straight and typographic quotes are the same."""

    example = Example(
        {"type": "wrapped_in", "open": '"', "close": '"'}, "“Rain.”", '"Rain," he said.'
    )

    type: Literal["wrapped_in"] = "wrapped_in"
    open: Piece = Field(description="What the text begins with.")
    close: Piece = Field(description="What the text ends with.")

    def test(self, text: str, lang: str) -> Outcome:
        body = prepared(text).strip()
        head, tail = prepared(self.open).strip(), prepared(self.close).strip()
        ok = (
            len(body) > len(head) + len(tail)
            and body[: len(head)].casefold() == head.casefold()
            and body[len(body) - len(tail) :].casefold() == tail.casefold()
        )
        message = f"starts {show(body, 20)} and ends {_tail(body, 20)}"
        if len(body) <= 20:
            message = f"the text is {show(body)}"
        marks = f"{show(self.open)} and {show(self.close)}"
        return Outcome(
            ok,
            f"{message}, everything between {marks} wanted",
            f"{message}, between {marks} was not allowed",
        )


def _tail(text: str, limit: int = 30) -> str:
    tail = text.rstrip()[-4 * limit :]
    flat = " ".join(tail.split())
    return show("…" + flat[1 - limit :] if len(flat) > limit else flat, limit)


CHECKS: tuple[type[Check], ...] = (
    StartsWith,
    EndsWith,
    LineStarts,
    ParagraphStarts,
    SentenceStarts,
    WrappedIn,
)
