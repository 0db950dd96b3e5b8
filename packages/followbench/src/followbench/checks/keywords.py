"""Which words: present, absent, counted, in place."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from followbench.checks.base import (
    Bounds,
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
from followbench.checks.matching import Piece, Pieces, finder, prepared
from followbench.checks.sentences import sentences
from followbench.checks.text import lines, paragraphs, words


class Matching(Check):
    """A check that looks for pieces of text."""

    case_sensitive: bool = Field(default=False, description="Tell `Rain` from `rain`.")
    whole_word: bool = Field(
        default=True,
        description="Do not find `rain` in `train`. Chinese is found anywhere all the same.",
    )

    def finds(self, piece: str, text: str) -> bool:
        """Whether the piece occurs in the text."""
        pattern = finder(piece, self.case_sensitive, self.whole_word)
        return pattern.search(prepared(text)) is not None

    def count(self, piece: str, text: str) -> int:
        """How often the piece occurs in the text."""
        pattern = finder(piece, self.case_sensitive, self.whole_word)
        return sum(1 for _ in pattern.finditer(prepared(text)))


class Includes(Matching):
    """All of the keywords occur, or at least some number of them."""

    example = Example(
        {"type": "includes", "keywords": ["umbrella", "rain"]},
        "Rain? Take the umbrella.",
        "Rain? Take the bus.",
    )

    type: Literal["includes"] = "includes"
    keywords: Pieces = Field(description="Words or phrases to look for.")
    at_least: int | None = Field(
        default=None, ge=1, description="How many different ones suffice; all if not given."
    )

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.at_least is not None and self.at_least > len(self.keywords):
            raise ValueError(f"at_least {self.at_least} of {len(self.keywords)} keywords")
        return self

    def test(self, text: str, lang: str) -> Outcome:
        found = [word for word in self.keywords if self.finds(word, text)]
        lacking = [word for word in self.keywords if word not in found]
        if self.at_least is None:
            if lacking:
                message = f"does not contain {_listed(lacking, 'or')}"
                count = len(self.keywords)
                goal = "which was wanted" if count == 1 else f"all {count} keywords wanted"
                return Outcome(False, f"{message}, {goal}", f"{message}, as wanted")
            message = f"contains {_listed(found, 'and')}"
            return Outcome(True, f"{message}, as wanted", f"{message}, which was not allowed")
        message = f"contains {len(found)} of {plural(len(self.keywords), 'keyword')}"
        if found:
            message += f" ({_listed(found, 'and')})"
        return Outcome(
            len(found) >= self.at_least,
            f"{message}, at least {self.at_least} wanted",
            f"{message}, fewer than {self.at_least} wanted",
        )


class Excludes(Matching):
    """None of the keywords occurs."""

    example = Example(
        {"type": "excludes", "keywords": ["rain"]}, "The train is late.", "The rain is late."
    )

    type: Literal["excludes"] = "excludes"
    keywords: Pieces = Field(description="Words or phrases that must not occur.")

    def test(self, text: str, lang: str) -> Outcome:
        found = [word for word in self.keywords if self.finds(word, text)]
        if found:
            message = f"contains {_listed(found, 'and')}"
            return Outcome(False, f"{message}, which was not allowed", f"{message}, as wanted")
        message = f"does not contain {_listed(self.keywords, 'or')}"
        goal = "which was" if len(self.keywords) == 1 else "one of them"
        return Outcome(True, f"{message}, as wanted", f"{message}, {goal} wanted")


class KeywordCount(Bounds, Matching):
    """How often a keyword occurs, or several of them together."""

    example = Example(
        {"type": "keyword_count", "keyword": "rain", "exactly": 2}, "Rain, rain!", "Rain, again!"
    )

    type: Literal["keyword_count"] = "keyword_count"
    keyword: Piece | None = Field(default=None, description="The word or phrase to count.")
    any_of: Pieces | None = Field(default=None, description="Several, counted together.")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.keyword is None) == (self.any_of is None):
            raise ValueError("one of 'keyword' and 'any_of' is needed")
        return self

    def test(self, text: str, lang: str) -> Outcome:
        keywords = [self.keyword] if self.keyword is not None else list(self.any_of or ())
        count = sum(self.count(keyword, text) for keyword in dict.fromkeys(keywords))
        occur = "occurs" if len(keywords) == 1 else "together occur"
        return self.judge(count, f"{_listed(keywords, 'and')} {occur} {plural(count, 'time')}")


class KeywordPosition(Matching):
    """A keyword occurs in a given sentence, paragraph or line, or as a given word of it."""

    example = Example(
        {"type": "keyword_position", "keyword": "umbrella", "sentence": -1},
        "Rain again. Take the umbrella!",
        "Take the umbrella! Rain again.",
    )

    type: Literal["keyword_position"] = "keyword_position"
    keyword: Piece = Field(description="The word or phrase to look for.")
    sentence: Position | None = Field(
        default=None, description="In this sentence: 1 is the first, -1 the last."
    )
    paragraph: Position | None = Field(default=None, description="In this paragraph.")
    line: Position | None = Field(default=None, description="In this non-empty line.")
    word: Position | None = Field(
        default=None,
        description="As this word of the sentence, paragraph or line, or of the whole text.",
    )

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        given = [unit for unit in (self.sentence, self.paragraph, self.line) if unit is not None]
        if len(given) > 1 or (not given and self.word is None):
            raise ValueError("one of 'sentence', 'paragraph', 'line' is needed, or 'word'")
        return self

    def test(self, text: str, lang: str) -> Outcome:
        place = "the text"
        for unit, position, split in (
            ("sentence", self.sentence, sentences),
            ("paragraph", self.paragraph, paragraphs),
            ("line", self.line, lines),
        ):
            if position is None:
                continue
            units = split(text)
            chosen, place = pick(units, position), place_of(unit, position)
            if chosen is None:
                return Outcome(
                    False,
                    f"only {plural(len(units), unit)}, {show(self.keyword)} in {place} wanted",
                )
            text = chosen
        if self.word is not None:
            return self._as_word(text, self.word, place)
        if self.finds(self.keyword, text):
            message = f"{place} contains {show(self.keyword)}"
            return Outcome(True, f"{message}, as wanted", f"{message}, which was not allowed")
        return Outcome(False, f"{place} is {show(text)}, {show(self.keyword)} in it wanted")

    def _as_word(self, text: str, position: int, place: str) -> Outcome:
        """Judge the words that stand at a position; the keyword may be several words long."""
        spoken = words(prepared(text))
        length = len(words(prepared(self.keyword)))
        first = position - 1 if position > 0 else len(spoken) + position
        where = f"{place_of('word', position)} of {place}"
        if not (0 <= first < len(spoken)) or length == 0:
            found = f"{place} has {plural(len(spoken), 'word')}"
            return Outcome(False, f"{found}, {show(self.keyword)} as {where} wanted")
        here = spoken[first : first + length]
        wanted = words(prepared(self.keyword))
        same = here == wanted or (
            not self.case_sensitive
            and [word.casefold() for word in here] == [word.casefold() for word in wanted]
        )
        message = f"{where} is {show(' '.join(here))}"
        return Outcome(
            same,
            f"{message}, {show(self.keyword)} wanted",
            f"{message}, anything but {show(self.keyword)} wanted",
        )


def _listed(pieces: list[str], word: str) -> str:
    return join([show(piece) for piece in pieces], word)


CHECKS: tuple[type[Check], ...] = (Includes, Excludes, KeywordCount, KeywordPosition)
