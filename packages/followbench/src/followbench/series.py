"""How the runs of a report are told apart: their names, and a colour, line and mark for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from followbench.results import Result
from truing_core.report import PALETTE, Markup

COLOURS = PALETTE[:-1]  # the last, a grey, is the reference's
REFERENCE = PALETTE[-1]
_STYLES = ("solid", "dashed", "dotted")
_DASHES = {"solid": "", "dashed": "5 2.5", "dotted": "1.5 2.5"}
_MARKS = {
    "o": "M14 2.5a3.5 3.5 0 1 0 .01 0z",
    "s": "M11 3h6v6h-6z",
    "D": "M14 1.5l4.5 4.5-4.5 4.5-4.5-4.5z",
    "^": "M14 2l4 7h-8z",
    "v": "M14 10l4-7h-8z",
}
_LONGEST = 34


@dataclass(frozen=True)
class Series:
    """One run of a report, and how it looks.

    Attributes:
        number: Its place in the order given, from 0; names its lines in the figures.
        result: The scored run.
        name: Its model, with a number if several runs share it.
    """

    number: int
    result: Result
    name: str

    @property
    def short(self) -> str:
        """The name, shortened in the middle: names differ at their ends."""
        if len(self.name) <= _LONGEST:
            return self.name
        head = (_LONGEST - 1) // 2
        return f"{self.name[:head]}…{self.name[head + 1 - _LONGEST :]}"

    @property
    def colour(self) -> str:
        """As ``#rrggbb``."""
        return COLOURS[self.number % len(COLOURS)]

    @property
    def marker(self) -> str:
        """As matplotlib calls it."""
        return list(_MARKS)[self.number % len(_MARKS)]

    @property
    def style(self) -> str:
        """Of the line, as matplotlib calls it; changes where the colours start over."""
        return _STYLES[self.number // len(COLOURS) % len(_STYLES)]

    @property
    def swatch(self) -> Markup:
        """A piece of its line, for legends and tables."""
        return Markup(
            '<svg class="swatch" viewBox="0 0 28 12" aria-hidden="true">'
            '<path d="M1 6h26" stroke="{0}" stroke-width="2" stroke-dasharray="{1}"/>'
            '<path d="{2}" fill="{0}"/></svg>'
        ).format(self.colour, _DASHES[self.style], _MARKS[self.marker])

    @property
    def label(self) -> Markup:
        """The short name, with the whole one on hover."""
        return Markup('<span class="name" title="{}">{}</span>').format(self.name, self.short)


def series_of(results: Sequence[Result]) -> list[Series]:
    """The runs in the order given, each with a name of its own."""
    shared = {name for name, count in Counter(r.label for r in results).items() if count > 1}
    seen: Counter[str] = Counter()
    series = []
    for number, result in enumerate(results):
        seen[result.label] += 1
        suffix = f" #{seen[result.label]}" if result.label in shared else ""
        series.append(Series(number, result, result.label + suffix))
    return series
