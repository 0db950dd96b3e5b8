"""Marks inside a text: highlighted spans and placeholders."""

from __future__ import annotations

from typing import Literal

import regex
from pydantic import Field

from followbench.checks.base import Bounds, Check, Example, Outcome, plural
from followbench.checks.document import document
from followbench.checks.text import has_word

_TOKEN = regex.compile(r"\\.|`[^`\n]*+`|(?P<blank>\n(?:[ \t]*+\n)++)|(?P<run>\*++|_++)")
_BRACKETED = regex.compile(r"(?<!\])(?:\[([^\[\]\n]*+)\]|［([^［］\n]*+)］)(?![(\[:：])")
_LONGEST = 100


class Highlights(Bounds):
    """Number of highlighted spans, `**like this**`; there is at least one by default."""

    default_min = 1
    example = Example(
        {"type": "highlights", "exactly": 1}, "Bring **a hat**.", "Bring **a hat** or **coat**."
    )

    type: Literal["highlights"] = "highlights"
    style: Literal["bold", "italic", "any"] = Field(
        default="bold", description="`**bold**`, `*italic*`, or either."
    )

    def test(self, text: str, lang: str) -> Outcome:
        bold, italic, both = _spans("\n".join(document(text).prose))
        counts = {"bold": bold + both, "italic": italic + both, "any": bold + italic + both}
        kind = "highlighted" if self.style == "any" else self.style
        return self.judge(counts[self.style], plural(counts[self.style], f"{kind} span"))


class Placeholders(Bounds):
    """Number of placeholders, `[name]`; links, notes (`[1]`) and check boxes are none."""

    default_min = 1
    example = Example(
        {"type": "placeholders", "min": 2}, "Dear [name], see you on [day].", "Dear Ann[1], hello."
    )

    type: Literal["placeholders"] = "placeholders"

    def test(self, text: str, lang: str) -> Outcome:
        pairs = _BRACKETED.findall("\n".join(document(text).prose))
        count = sum(1 for half, wide in pairs if _is_name(half or wide))
        return self.judge(count, plural(count, "placeholder"))


def _is_name(inner: str) -> bool:
    return (
        len(inner) <= _LONGEST
        and has_word(inner)
        and not inner.strip().isdecimal()
        and inner.lower() != "x"
        and '"' not in inner
    )


def _spans(text: str) -> tuple[int, int, int]:
    """Emphasised spans in one pass: bold only, italic only, both at once.

    A run of marks closes the open run of its kind if there is no white space before it, else
    it opens one if there is none after it; none reaches over a blank line. At most one run of
    each kind is open, so the pass is linear whatever the text.
    """
    counts = {1: 0, 2: 0, 3: 0}
    opened: dict[str, list[int]] = {"*": [], "_": []}
    for token in _TOKEN.finditer(text):
        if token["blank"] is not None:
            opened = {"*": [], "_": []}
            continue
        run = token["run"]
        if run is None or len(run) > 3:
            continue
        before = text[token.start() - 1 : token.start()]
        after = text[token.end() : token.end() + 1]
        closes = bool(before) and not before.isspace()
        opens = bool(after) and not after.isspace()
        if run[0] == "_":
            closes, opens = closes and not after.isalnum(), opens and not before.isalnum()
        size, pending = len(run), opened[run[0]]
        if closes and size in pending:
            counts[size] += 1
            del pending[pending.index(size) :]
        elif closes and size < 3 and 3 in pending:
            counts[size] += 1
            pending[pending.index(3) :] = [3 - size]
        elif closes and size == 3 and sorted(pending) == [1, 2]:
            counts[1] += 1
            counts[2] += 1
            pending.clear()
        elif opens and size not in pending:
            pending.append(size)
    return counts[2], counts[1], counts[3]


CHECKS: tuple[type[Check], ...] = (Highlights, Placeholders)
