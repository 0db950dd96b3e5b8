"""How long: words, sentences, paragraphs, lines, characters, and each unit's own length."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar, Literal

from pydantic import Field

from followbench.checks.base import (
    Bounds,
    Check,
    Example,
    Outcome,
    Position,
    pick,
    place_of,
    plural,
)
from followbench.checks.sentences import sentences
from followbench.checks.text import characters, lines, paragraphs, words


class Words(Bounds):
    """Number of words; each Chinese character is one."""

    example = Example({"type": "words", "max": 4}, "It never rains here.", "It does not rain here.")

    type: Literal["words"] = "words"

    def test(self, text: str, lang: str) -> Outcome:
        count = len(words(text))
        return self.judge(count, plural(count, "word"))


class Sentences(Bounds):
    """Number of sentences."""

    example = Example(
        {"type": "sentences", "exactly": 2},
        "Dr. Lee paid $3.50. Then she left.",
        "Dr. Lee paid $3.50, then she left.",
    )

    type: Literal["sentences"] = "sentences"

    def test(self, text: str, lang: str) -> Outcome:
        count = len(sentences(text))
        return self.judge(count, plural(count, "sentence"))


class Paragraphs(Bounds):
    """Number of paragraphs: blocks between blank lines; a block that is a heading is none."""

    example = Example(
        {"type": "paragraphs", "exactly": 2}, "# Rain\n\nOne.\n\nTwo.", "One.\nStill one."
    )

    type: Literal["paragraphs"] = "paragraphs"

    def test(self, text: str, lang: str) -> Outcome:
        count = len(paragraphs(text))
        return self.judge(count, plural(count, "paragraph"))


class Lines(Bounds):
    """Number of lines that are not empty; rules and code fences are none."""

    example = Example({"type": "lines", "exactly": 2}, "Rain falls\n\non tin", "Rain falls on tin")

    type: Literal["lines"] = "lines"

    def test(self, text: str, lang: str) -> Outcome:
        count = len(lines(text))
        return self.judge(count, plural(count, "line"))


class Characters(Bounds):
    """Number of characters as a reader sees them, punctuation included."""

    example = Example(
        {"type": "characters", "max": 8}, "春眠不觉晓。", "春眠不觉晓，处处闻啼鸟。", "zh"
    )

    type: Literal["characters"] = "characters"
    count_spaces: bool = Field(default=False, description="Count white space too.")

    def test(self, text: str, lang: str) -> Outcome:
        count = characters(text, self.count_spaces)
        return self.judge(count, plural(count, "character"))


class UnitSize(Bounds):
    """The size of every unit (sentence, paragraph) of a text, or of one of them."""

    unit: ClassVar[str]
    part: ClassVar[str]

    def measure(self, sizes: Sequence[int], position: int | None) -> Outcome:
        """Judge the sizes of all units, or that of the one at ``position``."""
        if position is not None:
            return self._one(sizes, position)
        each = f"every {self.unit} with {self.wanted_of(self.part)} wanted"
        if not sizes:
            return Outcome(False, f"no {self.unit}, {each}")
        for number, count in enumerate(sizes, start=1):
            if not self.holds(count):
                return self.judge(count, f"{self.unit} {number} has {plural(count, self.part)}")
        low, high = min(sizes), max(sizes)
        found = plural(low, self.part) if low == high else f"{low} to {high} {self.part}s"
        found = f"every {self.unit} has {found}"
        return Outcome(
            True, f"{found}, {self.wanted} wanted", f"{found}, one with {self.unwanted} wanted"
        )

    def _one(self, sizes: Sequence[int], position: int) -> Outcome:
        count, place = pick(sizes, position), place_of(self.unit, position)
        if count is None:
            found = f"only {plural(len(sizes), self.unit)}"
            return Outcome(False, f"{found}, {place} with {self.wanted_of(self.part)} wanted")
        return self.judge(count, f"{place} has {plural(count, self.part)}")


class SentenceWords(UnitSize):
    """Words in every sentence, or in one of them."""

    unit = "sentence"
    part = "word"
    example = Example(
        {"type": "sentence_words", "max": 4},
        "Rain fell. Nobody minded it.",
        "Rain fell. Nobody minded it at all.",
    )

    type: Literal["sentence_words"] = "sentence_words"
    sentence: Position | None = Field(
        default=None, description="Only this one: 1 is the first, -1 the last."
    )

    def test(self, text: str, lang: str) -> Outcome:
        return self.measure([len(words(unit)) for unit in sentences(text)], self.sentence)


class ParagraphSentences(UnitSize):
    """Sentences in every paragraph, or in one of them."""

    unit = "paragraph"
    part = "sentence"
    example = Example(
        {"type": "paragraph_sentences", "exactly": 2, "paragraph": 1},
        "One. Two.\n\nThree.",
        "One.\n\nTwo. Three.",
    )

    type: Literal["paragraph_sentences"] = "paragraph_sentences"
    paragraph: Position | None = Field(
        default=None, description="Only this one: 1 is the first, -1 the last."
    )

    def test(self, text: str, lang: str) -> Outcome:
        return self.measure([len(sentences(unit)) for unit in paragraphs(text)], self.paragraph)


class ParagraphWords(UnitSize):
    """Words in every paragraph, or in one of them."""

    unit = "paragraph"
    part = "word"
    example = Example(
        {"type": "paragraph_words", "min": 2}, "Rain fell.\n\nNobody minded.", "Rain fell.\n\nStop."
    )

    type: Literal["paragraph_words"] = "paragraph_words"
    paragraph: Position | None = Field(
        default=None, description="Only this one: 1 is the first, -1 the last."
    )

    def test(self, text: str, lang: str) -> Outcome:
        return self.measure([len(words(unit)) for unit in paragraphs(text)], self.paragraph)


class LineWords(UnitSize):
    """Words in every non-empty line, or in one of them; for Chinese verse, its characters."""

    unit = "line"
    part = "word"
    example = Example(
        {"type": "line_words", "exactly": 5},
        "白日依山尽，\n黄河入海流。",
        "白日依山尽，\n黄河流入大海。",
        "zh",
    )

    type: Literal["line_words"] = "line_words"
    line: Position | None = Field(
        default=None, description="Only this one: 1 is the first, -1 the last."
    )

    def test(self, text: str, lang: str) -> Outcome:
        return self.measure([len(words(unit)) for unit in lines(text)], self.line)


class SentenceGrowth(Check):
    """Every sentence has so many words more than the one before; there are two at least."""

    example = Example(
        {"type": "sentence_growth", "by": 1}, "It rains. It rains again.", "It rains. It pours."
    )

    type: Literal["sentence_growth"] = "sentence_growth"
    by: int = Field(description="Words more; negative for fewer.")

    def test(self, text: str, lang: str) -> Outcome:
        sizes = [len(words(unit)) for unit in sentences(text)]
        step = f"{abs(self.by)} {'more' if self.by >= 0 else 'fewer'} from each to the next"
        if len(sizes) < 2:
            return Outcome(False, f"{plural(len(sizes), 'sentence')}, {step} wanted")
        for number, (before, after) in enumerate(pairwise(sizes), start=2):
            if after - before != self.by:
                found = f"sentence {number} has {plural(after, 'word')} after {before}"
                return Outcome(False, f"{found}, {step} wanted")
        found = f"{plural(len(sizes), 'sentence')} of {sizes[0]} to {sizes[-1]} words"
        return Outcome(True, f"{found}, {step} wanted", f"{found}, {step} not wanted")


CHECKS: tuple[type[Check], ...] = (
    Words,
    Sentences,
    Paragraphs,
    Lines,
    Characters,
    SentenceWords,
    ParagraphSentences,
    ParagraphWords,
    LineWords,
    SentenceGrowth,
)
