"""A text that is peeled from both ends: how far, and what was taken off."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from webr_synth.synthesis import cleaning_words as wording

LONGEST_LINE = 400

_TAGS = "think|thinking|thought|thoughts|reasoning|reflection"
THOUGHT = re.compile(rf"<({_TAGS})>", re.IGNORECASE)
_END_OF_THOUGHT = re.compile(rf"</(?:{_TAGS})>", re.IGNORECASE)
NON_SPACE = re.compile(r"[^\s\u200b\ufeff]")


@dataclass(frozen=True)
class Kind:
    """What is cleaned.

    Attributes:
        called: What it is called in announcements.
        labels: What it is called in labels.
        prose: Whether it is a line or two of plain text, so that emphasis, quotes and fences
            around all of it are never its own, and an announcement may share its line.
    """

    called: re.Pattern[str]
    labels: re.Pattern[str]
    prose: bool


@dataclass
class Peel:
    """How far a text is peeled; positions instead of copies keep many wrappers linear.

    Attributes:
        announced: Whether a lead was taken off, behind which quotes and rules are wrappers.
        closed: Whether something was taken off the end.
        fences: How many fences were taken off.
    """

    text: str
    kind: Kind
    start: int = 0
    end: int = field(default=-1)
    announced: bool = False
    closed: bool = False
    fences: int = 0
    _next_label: int = -1
    _next_thought: tuple[int, int, int] = (-1, -1, -1)

    def __post_init__(self) -> None:
        self.end = len(self.text)

    def from_start(self, place: int) -> bool:
        """Takes off what stands before a place, if a text remains."""
        if not holds_text(self.text, place, self.end):
            return False
        self.start, self.announced = place, True
        return True

    def from_end(self, place: int) -> bool:
        """Takes off what stands behind a place, if a text remains."""
        if not holds_text(self.text, self.start, place):
            return False
        self.end, self.closed = place, True
        return True

    def line(self) -> tuple[str, int]:
        """The first line, and where it ends; an empty one where it is too long for a wrapper."""
        end = self.text.find("\n", self.start, min(self.end, self.start + LONGEST_LINE))
        if end < 0:
            end = self.end
        return (self.text[self.start : end], end) if end - self.start < LONGEST_LINE else ("", end)

    def labelled_after(self, place: int) -> bool:
        """Whether another line below has a label; then labels are how the text is made."""
        if self._next_label < place:
            found = wording.OTHER_LABEL.search(self.text, place)
            self._next_label = found.start() if found else len(self.text)
        return self._next_label < self.end

    def end_of_thought(self) -> int | None:
        """Where a thought ends whose beginning is not there; ``None`` if there is no such."""
        tag, after, opening = self._next_thought
        if tag < self.start:
            found = _END_OF_THOUGHT.search(self.text, self.start)
            tag, after = found.span() if found else (len(self.text), len(self.text))
            opening = max(
                (each.start() for each in THOUGHT.finditer(self.text, self.start, tag)), default=-1
            )
            self._next_thought = tag, after, opening
        if after > self.end or tag == after or opening >= self.start:
            return None
        before = self.text[tag - 1] if tag > self.start else "\n"
        behind = self.text[after : min(self.end, after + LONGEST_LINE)].partition("\n")[0]
        return after if before == "\n" and not behind.strip() else None


def holds_text(text: str, start: int, end: int) -> bool:
    """Whether anything but white space stands there; linear over all calls together."""
    found = NON_SPACE.search(text, start, end)
    return found is not None
