"""The parts of a text: headings, sections, separated parts, title, postscript."""

from __future__ import annotations

from typing import Literal, Self

import regex
from pydantic import Field, model_validator

from followbench.checks.base import Bounds, Check, Example, Outcome, join, plural, show
from followbench.checks.document import document
from followbench.checks.matching import Piece, Pieces, prepared
from followbench.checks.text import has_word

_DECORATION = " \t#*_>`~-•【】[]"
_NUMBERING = regex.compile(
    r"[（(]?(?:\p{Nd}{1,3}|[一二三四五六七八九十]{1,3}|[ivx]{1,5})[.)．）、:：]\s*"
)
_ORDINAL = (
    r"\s*+(?:\p{Nd}|[一二三四五六七八九十百]|(?-i:[IVXLC]{1,6}|[A-Z])(?!\w)"
    r"|(?:one|two|three|four|five|six|seven|eight|nine|ten)(?!\w))"
)


class Headings(Bounds):
    """Number of headings (`# …`); there is at least one by default."""

    default_min = 1
    example = Example(
        {"type": "headings", "exactly": 2}, "# Rain\nWet.\n## Hail\nHard.", "# Rain\nWet.\nHail"
    )

    type: Literal["headings"] = "headings"
    level: int | None = Field(
        default=None, ge=1, le=6, description="Only headings of this level; any if not given."
    )

    def test(self, text: str, lang: str) -> Outcome:
        found = document(text).headings
        count = sum(1 for heading in found if self.level in (None, heading.level))
        suffix = "" if self.level is None else f" of level {self.level}"
        return self.judge(count, plural(count, "heading") + suffix)


class Sections(Bounds):
    """Sections with the given titles, in this order; or so many that a marker and number open.

    A title is a line of its own, with or without `#`, bold, number or colon, or begins a line
    and has a colon after it. A marker section begins with a line like `Section 2`, `PART II`,
    `第三部分` (marker `第`).
    """

    default_min = 1
    example = Example(
        {"type": "sections", "titles": ["Cause", "Cure"]},
        "## Cause\nRain.\n\n**Cure:** an umbrella.",
        "## Cure\nAn umbrella.\n\n## Cause\nRain.",
    )

    type: Literal["sections"] = "sections"
    titles: Pieces | None = Field(default=None, description="The titles, in order.")
    marker: Piece | None = Field(default=None, description="What opens each section.")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.titles is None) == (self.marker is None):
            raise ValueError("one of 'titles' and 'marker' is needed")
        if self.titles is not None and self.bounded:
            raise ValueError("'min', 'max', 'exactly' go with 'marker', not with 'titles'")
        return self

    def test(self, text: str, lang: str) -> Outcome:
        prose = document(prepared(text)).prose
        if self.marker is None:
            return self._titled(prose, self.titles or [])
        marker = r"\s++".join(regex.escape(part) for part in prepared(self.marker).split())
        opening = rf"^[{regex.escape(_DECORATION)}]*+{marker}{_ORDINAL}"
        count = len(regex.findall(opening, "\n".join(prose), regex.IGNORECASE | regex.MULTILINE))
        return self.judge(count, plural(count, f"{show(self.marker)} section"))

    def _titled(self, prose: list[str], titles: list[str]) -> Outcome:
        wanted = f"sections {join([show(title) for title in titles])} in this order"
        waiting = [_folded(title) for title in reversed(titles)]
        for line in prose:
            if waiting and _opens(line.casefold(), waiting[-1]):
                waiting.pop()
        if not waiting:
            message = f"has the {wanted}"
            return Outcome(True, f"{message}, as wanted", f"{message}, which was not allowed")
        found = len(titles) - len(waiting)
        after = f" after {show(titles[found - 1])}" if found else ""
        return Outcome(False, f"no section {show(titles[found])}{after}, {wanted} wanted")


def _folded(title: str) -> str:
    return " ".join(prepared(title).casefold().strip(_DECORATION + ":：").split())


def _opens(line: str, title: str) -> bool:
    """Whether a case-folded line is, or begins with, a section's title."""
    if title not in line:
        return False
    head = line.strip(_DECORATION)
    numbering = _NUMBERING.match(head)
    for candidate in (head, head[numbering.end() :].strip(_DECORATION) if numbering else ""):
        if candidate.startswith(title):
            rest = candidate[len(title) :].lstrip(_DECORATION)
            if not rest or rest[0] in ":：":
                return True
    return False


class Separator(Check):
    """The text falls into so many parts, none of them empty, with a separator between them.

    A separator of repeated symbols (`***`, `------`) counts where white space or an end of
    the text is around it, any other one everywhere.
    """

    example = Example(
        {"type": "separator", "text": "***", "parts": 2}, "Rain.\n***\nHail.", "Rain.\n\nHail."
    )

    type: Literal["separator"] = "separator"
    text: Piece = Field(description="The separator.")
    parts: int = Field(ge=1, description="The number of parts.")
    different: bool = Field(default=False, description="No two parts may be the same.")

    def test(self, text: str, lang: str) -> Outcome:
        mark = self.text.strip()
        if len(mark) > 1 and not has_word(mark) and len(set(mark)) == 1:
            pieces = regex.split(rf"(?<!\S){regex.escape(mark)}(?!\S)", text)
        else:
            pieces = text.split(mark)
        parts = [part.strip() for part in pieces if part.strip()]
        found = f"{plural(len(parts), 'part')} separated by {show(mark)}"
        if self.different and len(set(parts)) < len(parts):
            return Outcome(False, f"{found}, two of them the same, {self.parts} different wanted")
        return Outcome(
            len(parts) == self.parts,
            f"{found}, exactly {self.parts} wanted",
            f"{found}, any number but {self.parts} wanted",
        )


class Title(Check):
    """A title between two marks, in the first line or on a line of its own."""

    example = Example({"type": "title"}, "<<Rain>>\n\nIt fell.", "Rain\n\nIt fell.")

    type: Literal["title"] = "title"
    open: Piece = Field(default="<<", description="The mark before the title.")
    close: Piece = Field(default=">>", description="The mark after it.")

    def test(self, text: str, lang: str) -> Outcome:
        marks = f"between {show(self.open)} and {show(self.close)}"
        opening, closing = self.open.strip(), self.close.strip()
        first = True
        for line in text.split("\n"):
            if not line.strip():
                continue
            start = line.find(opening)
            stop = line.rfind(closing, start + len(opening)) if start >= 0 else -1
            if stop >= 0:
                title = line[start + len(opening) : stop].strip()
                around = line[:start] + line[stop + len(closing) :]
                if title and (first or not has_word(around)):
                    message = f"title {show(title)} {marks}"
                    return Outcome(
                        True, f"{message}, as wanted", f"{message}, which was not allowed"
                    )
            first = False
        return Outcome(False, f"no title {marks}, one wanted")


class Postscript(Check):
    """After the text, a line that begins with the marker and goes on with some words."""

    example = Example(
        {"type": "postscript"}, "Come soon.\n\nP.S. Bring rain.", "Come soon.\n\nP.S."
    )

    type: Literal["postscript"] = "postscript"
    marker: Piece = Field(
        default="P.S.", description="How it begins; `PS:` and `P. S.` are the same as `P.S.`."
    )

    def test(self, text: str, lang: str) -> Outcome:
        letters = self.marker.replace(".", "").replace(" ", "").strip()
        if "." in self.marker and letters.isascii() and letters.isalpha():
            marker = r"\.?\s?".join(letters) + r"(?!\p{L})"
        else:
            marker = regex.escape(prepared(self.marker).strip())
        pattern = rf"\n[ \t>*_#]*+{marker}[^\n\p{{L}}\p{{N}}]*+(?=[\p{{L}}\p{{N}}])"
        match = regex.search(pattern, prepared(text).strip(), regex.IGNORECASE)
        if match is None:
            return Outcome(False, f"no postscript {show(self.marker)}, one after the text wanted")
        message = f"postscript {show(match.group().strip())}"
        return Outcome(True, f"{message}, as wanted", f"{message}, which was not allowed")


CHECKS: tuple[type[Check], ...] = (Headings, Sections, Separator, Title, Postscript)
