"""The final answer in a text: a number, a choice, an exact string."""

from __future__ import annotations

import math
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from functools import lru_cache
from typing import Literal, Self

import regex
from pydantic import Field, model_validator

from followbench.checks.base import Bounds, Check, Example, Outcome, join, plural, show
from followbench.checks.matching import Piece, Pieces, prepared
from followbench.checks.text import CACHED, without_markup

_NUMBER = regex.compile(
    r"""
    (?<![\p{Latin}\p{Nd}_]|\p{Nd}\.)
    (?P<sign>(?<![\p{L}\p{Nd})\]%])[-−+])?+ [$€£¥￥]?+ (?P<inner>[-−+])?+
    (?P<digits>
        \p{Nd}{1,3}(?:[,，]\p{Nd}{3})+(?!\p{Nd})(?:\.\p{Nd}++)?+
      | \p{Nd}++(?:\.\p{Nd}++)?+
      | \.\p{Nd}++
    )
    (?P<power>[eE][-+]?\p{Nd}{1,3}(?![\p{Latin}\p{Nd}]))?+
    (?P<unit>[ ]?[万亿萬億]|[ ](?:thousand|million|billion|trillion)(?!\p{L}))?+
    """,
    regex.VERBOSE | regex.IGNORECASE,
)
_EXACT = Context(prec=60, Emax=MAX_EMAX, Emin=MIN_EMIN)
_UNITS = {
    "万": 4, "萬": 4, "亿": 8, "億": 8, "thousand": 3, "million": 6, "billion": 9, "trillion": 12
}  # fmt: skip


class Number(Check):
    """A number in the text has the value, thousands separators and currency signs or not.

    `3 million` and `3万` count as what they say, `50%` as 50; list numbers are no numbers.
    """

    example = Example(
        {"type": "number", "equals": 1200}, "12 months at $100 make **$1,200**.", "About 1,300."
    )

    type: Literal["number"] = "number"
    equals: float = Field(description="The value.")
    tolerance: float = Field(default=0, ge=0, description="How far from it is still right.")
    which: Literal["last", "first", "any", "only"] = Field(
        default="last", description="Which number of the text; `only`: there is just one."
    )

    @model_validator(mode="after")
    def _finite(self) -> Self:
        if not (math.isfinite(self.equals) and math.isfinite(self.tolerance)):
            raise ValueError("'equals' and 'tolerance' have to be finite")
        return self

    def test(self, text: str, lang: str) -> Outcome:
        near = f" within {_shown(self.tolerance)}" if self.tolerance else ""
        goal = f"{_shown(self.equals)}{near}"
        found = numbers(text)
        if not found:
            return Outcome(False, f"no number, {goal} wanted")
        if self.which == "only" and len(found) > 1:
            return Outcome(False, f"{plural(len(found), 'number')}, only {goal} wanted")
        if self.which == "any":
            hit = next((number for number in dict.fromkeys(found) if self._fits(number)), None)
            if hit is not None:
                message = f"number {show(hit)[1:-1]}"
                return Outcome(
                    True, f"{message}, {goal} wanted", f"{message}, which was not allowed"
                )
            shown = join([show(number)[1:-1] for number in found[:5]] + ["…"] * (len(found) > 5))
            return Outcome(False, f"numbers {shown}, {goal} wanted")
        number = found[0] if self.which == "first" else found[-1]
        place = "" if self.which == "only" else f"{self.which} "
        message = f"{place}number {show(number)[1:-1]}"
        return Outcome(
            self._fits(number),
            f"{message}, {goal} wanted",
            f"{message}, anything but {goal} wanted",
        )

    def _fits(self, number: str) -> bool:
        with localcontext(_EXACT):
            wanted, tolerance = Decimal(repr(self.equals)), Decimal(repr(self.tolerance))
            return abs(value_of(number) - wanted) <= tolerance


class NumberCount(Bounds):
    """How many numbers in digits the text has; list numbers are none."""

    example = Example(
        {"type": "number_count", "exactly": 2}, "1. On 12 days, 3.5 in.", "On 12 days, much rain."
    )

    type: Literal["number_count"] = "number_count"

    def test(self, text: str, lang: str) -> Outcome:
        count = len(numbers(text))
        return self.judge(count, plural(count, "number"))


@lru_cache(CACHED)
def numbers(text: str) -> tuple[str, ...]:
    """The numbers of a text in order, as they are written."""
    return tuple(found.group().strip() for found in _NUMBER.finditer(without_markup(text)))


@lru_cache(4096)
def value_of(number: str) -> Decimal:
    """The value of a number as :func:`numbers` gives it."""
    found = _NUMBER.fullmatch(number)
    if found is None:
        raise ValueError(f"{number!r} is no number")
    value = Decimal(found["digits"].replace(",", "").replace("，", "") + (found["power"] or ""))
    if found["unit"]:
        value = value.scaleb(_UNITS[found["unit"].strip().lower()])
    return value.copy_negate() if {found["sign"], found["inner"]} & {"-", "−"} else value


def _shown(number: float) -> str:
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


class Choice(Check):
    """The option that the text settles on.

    That is the last one after a word like `answer`, `option`, `答案` or in a box; else the one
    the text begins with (`B) …`); else the last option letter that stands alone.
    """

    example = Example(
        {"type": "choice", "answer": "B"}, "Not (A). The answer is (B).", "I'd go for C."
    )

    type: Literal["choice"] = "choice"
    answer: Piece = Field(description="The letter of the right option.")
    options: Piece = Field(default="ABCD", description="All letters, in one string.")

    @model_validator(mode="after")
    def _among_options(self) -> Self:
        if len(self.answer) != 1 or self.answer not in self.options:
            raise ValueError(f"answer '{self.answer}' is none of the options '{self.options}'")
        return self

    def test(self, text: str, lang: str) -> Outcome:
        chosen = _chosen(prepared(text), self.options)
        if not chosen:
            return Outcome(False, f"none of {join(list(self.options), 'or')}, {self.answer} wanted")
        return Outcome(
            chosen == self.answer,
            f"choice {chosen}, {self.answer} wanted",
            f"choice {chosen}, anything but {self.answer} wanted",
        )


_CUE = (
    r"(?:(?<!\p{L})(?:answer|choice|option|choose|select|pick)|答案|选项|选择|应选|故选|选"
    r"|\\boxed\{)(?:\s*+(?:is|was|be|are|should|would|must|final|correct|option|choice|the"
    r"|是|为|应|该|[:：=→*\-]))*+\s*+"
)


@lru_cache(256)
def _choice_patterns(options: str) -> tuple[regex.Pattern[str], ...]:
    letter = rf"([{regex.escape(options, special_only=False)}])"
    edge = r"(?![\p{Latin}\p{Nd}_'])"
    wrap = r"(?:\\text(?:bf)?\{|[(（\[【\"'*_`$])*+"
    return (
        regex.compile(rf"(?i:{_CUE}){wrap}{letter}{edge}(?!\s+\p{{Ll}})"),
        regex.compile(
            rf"^\s*+{wrap}{letter}{edge}(?=[)）.:：、．\]】*`\"']|\s*$)", regex.MULTILINE
        ),
        regex.compile(rf"(?<![\p{{Latin}}\p{{Nd}}_']){letter}{edge}(?!\s\p{{Ll}})"),
    )


def _chosen(text: str, options: str) -> str:
    """The option a text settles on; empty if none."""
    body = text.strip()
    bare = body.strip("()[]（）【】*_`\"'.。 \t")
    if len(bare) == 1:
        same = [option for option in options if option.casefold() == bare.casefold()]
        return same[0] if same else ""
    explicit, opening, alone = _choice_patterns(options)
    if named := explicit.findall(body):
        return str(named[-1])
    heads = opening.findall(body)
    if len(set(heads)) == 1 and opening.match(body):
        return str(heads[0])
    lone = alone.findall(body)
    return str(lone[-1]) if lone else ""


class Equals(Check):
    """The whole text is the given one, or one of several; white space around it is ignored."""

    example = Example(
        {"type": "equals", "text": "It rains", "ignore_punctuation": True},
        "it rains.\n",
        "It's rain.",
    )

    type: Literal["equals"] = "equals"
    text: Piece | None = Field(default=None, description="The wanted text.")
    any_of: Pieces | None = Field(default=None, description="Several, any of which will do.")
    ignore_case: bool = Field(default=True, description="`Rain` is `rain`.")
    ignore_punctuation: bool = Field(default=False, description="Leave punctuation aside.")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.text is None) == (self.any_of is None):
            raise ValueError("one of 'text' and 'any_of' is needed")
        return self

    def test(self, text: str, lang: str) -> Outcome:
        wanted = [self.text] if self.text is not None else list(self.any_of or ())
        given = self._plain(text)
        goals = [self._plain(goal) for goal in wanted]
        names = join([show(goal) for goal in wanted], "or")
        if given in goals:
            message = f"the text is {show(text)}"
            return Outcome(True, f"{message}, as wanted", f"{message}, which was not allowed")
        shared = _shared(given, goals[0])
        if len(wanted) == 1 and shared > 20:
            here, there = show(given[shared:], 20), show(goals[0][shared:], 20)
            after = show("…" + given[shared - 15 : shared], 20)
            return Outcome(False, f"after {after} comes {here}, {there} wanted")
        return Outcome(False, f"the text is {show(text)}, {names} wanted")

    def _plain(self, text: str) -> str:
        text = prepared(text)
        if self.ignore_punctuation:
            text = " ".join(regex.sub(r"\p{P}++", "", text).split())
        if self.ignore_case:
            text = text.casefold()
        return "\n".join(line.rstrip() for line in text.strip().split("\n"))


def _shared(one: str, other: str) -> int:
    """How many characters two texts begin with together."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


CHECKS: tuple[type[Check], ...] = (Number, NumberCount, Choice, Equals)
