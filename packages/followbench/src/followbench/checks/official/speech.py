"""Format example 30 (English), ``fixed``: a speech on five benefits, marked with ``**``.

The levels follow the instructions, which add, in this order: the marker; fewer than two
sentences a point; 10 to 15 words a sentence; no word in -ly; a keyword before each detail.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from followbench.checks.base import Outcome, show
from followbench.checks.official.conditions import Rule, counted, cumulative, require
from followbench.checks.sentences import sentences
from followbench.checks.text import words

_START = re.compile(
    r"\s*(?:[-*+•]\s+)?(?:#{1,6}\s+)?(?P<number>\(?\d{1,2}[.)]\s*)?\*\*(?P<rest>.*)"
)
_NUMBER = re.compile(r"\s*\(?\d{1,2}[.):]\s*")
_SALUTATION_WORDS = 8
_KEYWORD_WORDS = 8


@dataclass
class Point:
    """One marked benefit.

    Attributes:
        keyword: What stands in bold, or before the colon.
        lines: What follows it.
        numbered: Whether a number stands before the keyword.
    """

    keyword: str
    lines: list[str]
    numbered: bool

    @property
    def detail(self) -> str:
        """The lines as one text."""
        return " ".join(self.lines)


def read_speech(text: str) -> tuple[list[Point], str]:
    """The marked points of a speech, and the prose around them."""
    points: list[Point] = []
    prose: list[str] = []
    current: Point | None = None
    for line in text.split("\n"):
        start = _START.match(line)
        if start:
            current = _point(start["rest"], bool(start["number"]))
            points.append(current)
        elif not line.strip():
            prose.append("")
            # The detail may stand below its keyword as a paragraph of its own.
            current = None if current is None or current.lines else current
        elif current is not None:
            current.lines.append(line.strip())
        else:
            prose.append(line)
    return _benefits(points), "\n".join(prose)


def _point(rest: str, numbered: bool) -> Point:
    bold, _, detail = rest.partition("**")
    keyword, colon, inside = bold.partition(":")
    if colon and inside.strip():
        bold, detail = keyword, f"{inside} {detail}"
    digits = _NUMBER.match(bold)
    keyword = bold[digits.end() :] if digits else bold
    detail = detail.replace("**", "").strip(" :-–—\t")
    return Point(keyword.strip(" :-–—"), [detail] if detail else [], numbered or bool(digits))


def _benefits(points: list[Point]) -> list[Point]:
    """The points without titles: the numbered ones if there are any, else those with detail."""
    numbered = [point for point in points if point.numbered]
    return numbered or [point for point in points if point.lines] or points


def _marked(text: str) -> Outcome:
    return require("**" in text, show(text), "the marker '**'")


def _short_points(text: str) -> Outcome:
    points, _ = read_speech(text)
    if not points:
        # The marker stands inside the sentences: a point is then a line that has it.
        points = [Point("", [line], False) for line in text.split("\n") if "**" in line]
    for number, point in enumerate(points, start=1):
        count = len(sentences(point.detail))
        if count >= 2:
            return counted(count, "sentence", f"in point {number}", most=1)
    return Outcome(True, "fewer than 2 sentences in every point")


def _sentence_lengths(text: str) -> Outcome:
    points, prose = read_speech(text)
    lines = [line for line in prose.split("\n") if not _is_salutation(line)]
    for sentence in sentences("\n".join(lines)):
        count = len(words(sentence))
        if not 10 <= count <= 15:
            return counted(count, "word", f"in {show(sentence)}", least=10, most=15)
    for point in points:
        # Whether a keyword belongs to its sentence is anybody's guess: both counts will do.
        label = len(words(point.keyword))
        for sentence in sentences(point.detail):
            count = len(words(sentence))
            if not (10 <= count <= 15 or 10 <= count + label <= 15):
                return counted(count, "word", f"in {show(sentence)}", least=10, most=15)
            label = 0
    return Outcome(True, "10 to 15 words in every sentence")


def _is_salutation(line: str) -> bool:
    """``Ladies and gentlemen,`` is no sentence, nor part of the next."""
    return line.rstrip().endswith((",", ":")) and len(words(line)) <= _SALUTATION_WORDS


def _no_ly(text: str) -> Outcome:
    """No word ends in ly, *only* and *family* included: the letters are what was forbidden."""
    found = next((w for w in words(text) if w.casefold().endswith("ly") and len(w) > 2), None)
    return require(found is None, f"'{found}'" if found else "none", "no word ending in -ly")


def _keywords(text: str) -> Outcome:
    points, _ = read_speech(text)
    good = [p for p in points if 1 <= len(words(p.keyword)) <= _KEYWORD_WORDS and p.lines]
    return counted(len(good), "marked benefit", "with a keyword and a detail", least=5, most=5)


RULE: Rule = cumulative(_marked, _short_points, _sentence_lengths, _no_ly, _keywords)
