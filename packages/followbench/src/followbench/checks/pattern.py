"""Regular expressions and fill-in templates."""

from __future__ import annotations

from functools import lru_cache
from itertools import islice
from typing import Literal, Self

import regex
from pydantic import Field, model_validator

from followbench.checks.base import Bounds, Check, Example, Outcome, plural, show
from followbench.checks.matching import Piece, prepared

TIME_LIMIT = 1.0
"""Seconds a regular expression may take on one text."""

ENOUGH = 1000
"""Matches beyond this, and beyond the bounds, are not counted."""

_FLAGS = {"i": regex.IGNORECASE, "m": regex.MULTILINE, "s": regex.DOTALL}


class Pattern(Bounds):
    r"""How often a regular expression matches; at least once by default.

    The syntax is that of the `regex` package: Python's and more, such as `\p{Han}`. A search
    that takes more than a second fails the check, negated or not.
    """

    default_min = 1
    example = Example(
        {"type": "regex", "pattern": r"\b\d{4}\b", "exactly": 1}, "Since 1984.", "1984 to 1989."
    )

    type: Literal["regex"] = "regex"
    pattern: str = Field(min_length=1, description="The expression.")
    flags: str = Field(
        default="",
        description="Some of `i` (ignore case), `m` (`^` and `$` at every line), `s` (`.` is also"
        " a line break).",
    )
    full: bool = Field(
        default=False, description="The whole text has to match, white space around it aside."
    )

    @model_validator(mode="after")
    def _compiles(self) -> Self:
        if not set(self.flags) <= set(_FLAGS):
            raise ValueError(f"flags '{self.flags}' are not among i, m, s")
        if self.full and self.bounded:
            raise ValueError("'full' goes without 'min', 'max', 'exactly'")
        try:
            _compiled(self.pattern, self.flags)
        except (regex.error, OverflowError, RecursionError, ValueError) as error:
            raise ValueError(f"pattern {show(self.pattern)} does not compile: {error}") from None
        return self

    def test(self, text: str, lang: str) -> Outcome:
        pattern, shown = _compiled(self.pattern, self.flags), f"pattern {show(self.pattern, 60)}"
        try:
            if self.full:
                ok = pattern.fullmatch(text.strip(), timeout=TIME_LIMIT) is not None
                message = f"the text {'matches' if ok else 'does not match'} {shown} as a whole"
                return Outcome(
                    ok,
                    f"{message}, as wanted" if ok else f"{message}, a match wanted",
                    f"{message}, which was not allowed" if ok else f"{message}, as wanted",
                )
            enough = max(ENOUGH, *(limit + 1 for limit in self.limits if limit is not None))
            found = pattern.finditer(text, timeout=TIME_LIMIT)
            count = sum(1 for _ in islice(found, enough))
        except TimeoutError:
            return Outcome(False, f"{shown} took more than {TIME_LIMIT:g} s", undecided=True)
        more = " or more" if count == enough else ""
        return self.judge(count, f"{shown} matches {plural(count, 'time')}{more}")


@lru_cache(512)
def _compiled(pattern: str, flags: str) -> regex.Pattern[str]:
    combined = 0
    for flag in flags:
        combined |= _FLAGS[flag]
    return regex.compile(pattern, combined)


class Template(Check):
    """The text is the template, with something in place of every `{slot}`.

    A slot takes any text that is not just white space, also over several lines; `{{` and `}}`
    stand for braces. White space at the ends of lines does not matter.
    """

    example = Example(
        {"type": "template", "template": "City: {city}\nRain: {inches} in"},
        "City: Bergen\nRain: 90 in",
        "Bergen has 90 in of rain.",
    )

    type: Literal["template"] = "template"
    template: Piece = Field(description="Literal text with `{slots}`.")
    case_sensitive: bool = Field(default=False, description="Tell `Rain` from `rain`.")

    @model_validator(mode="after")
    def _has_slots(self) -> Self:
        literals, _ = _pieces(self.template)
        if len(literals) < 2:
            raise ValueError("the template has no {slot}; use 'equals' for a fixed text")
        return self

    def test(self, text: str, lang: str) -> Outcome:
        literals, slots = _pieces(self.template)
        body, goals = prepared(_without_line_ends(text)).strip(), [*map(prepared, literals)]
        if not self.case_sensitive:
            body, goals = body.casefold(), [goal.casefold() for goal in goals]
        problem = _mismatch(body, goals, literals, slots)
        if problem:
            return Outcome(False, f"{problem}, template {show(self.template)} wanted")
        message = f"follows the template {show(self.template)}"
        return Outcome(True, f"{message}, as wanted", f"{message}, which was not allowed")


_SLOT = regex.compile(r"\{\{|\}\}|\{(?P<name>[^{}]*)\}|[{}]")


def _without_line_ends(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.split("\n"))


@lru_cache(512)
def _pieces(template: str) -> tuple[list[str], list[str]]:
    """The literal text around the slots, one more than there are slots, and the slots' names."""
    template = _without_line_ends(template)
    literals, names, end = [""], list[str](), 0
    for found in _SLOT.finditer(template):
        literals[-1] += template[end : found.start()]
        end = found.end()
        token = found.group()
        if token in ("{{", "}}"):
            literals[-1] += token[0]
        elif found["name"]:
            names.append(found["name"])
            literals.append("")
        else:
            raise ValueError(f"stray '{token}' in the template; write '{token * 2}' for a brace")
    literals[-1] += template[end:]
    literals[0], literals[-1] = literals[0].lstrip(), literals[-1].rstrip()
    return literals, names


def _mismatch(body: str, goals: list[str], literals: list[str], slots: list[str]) -> str:
    """Why a text does not follow the template; empty if it does.

    Each slot takes as little as it can. That finds a match wherever there is one, since a slot
    takes any text, and one pass is enough.
    """
    if not body.startswith(goals[0]):
        head = goals[0].rstrip()
        if body.startswith(head) and body[len(head) : len(head) + 1] in ("", "\n"):
            return f"nothing in place of {{{slots[0]}}}"
        return f"starts {show(body, 20)} instead of {show(literals[0])}"
    position = len(goals[0])
    limit = len(body) - len(goals[-1])
    if not body.endswith(goals[-1]) or limit < position:
        return f"ends {show(body[-20:], 20)} instead of {show(literals[-1])}"
    for number, slot in enumerate(slots, start=1):
        filled = _NOT_SPACE.search(body, position, limit)
        if filled is None:
            return f"nothing in place of {{{slot}}}"
        if number < len(slots):
            place = body.find(goals[number], filled.end(), limit)
            if place < 0:
                return f"no {show(literals[number])} after {{{slot}}}"
            position = place + len(goals[number])
    return ""


_NOT_SPACE = regex.compile(r"\S")

CHECKS: tuple[type[Check], ...] = (Pattern, Template)
