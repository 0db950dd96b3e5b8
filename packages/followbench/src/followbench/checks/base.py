"""What every check is: a validated specification that judges a text and says why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict on one text.

    Attributes:
        ok: Whether the constraint holds.
        message: What was found and what was wanted, as one clause: ``63 words, at most 50 wanted``.
        inverse: The same clause for a check with ``negate``. Left empty, it is made from
            ``message``.
        undecided: The check could not come to an end; it fails, and so does its inverse.
    """

    ok: bool
    message: str
    inverse: str = ""
    undecided: bool = False

    def inverted(self) -> Outcome:
        """The verdict of the negated check."""
        if self.undecided:
            return self
        return Outcome(not self.ok, self.inverse or self._fallback(), self.message)

    def _fallback(self) -> str:
        if self.ok:
            return f"{self.message}, which was not allowed"
        if self.message.endswith(" wanted"):
            return f"{self.message.removesuffix(' wanted')} not wanted"
        return f"{self.message}, as wanted"


@dataclass(frozen=True, slots=True)
class Example:
    """One worked example of a check type; the reference prints it and a test runs it."""

    spec: Mapping[str, Any]
    passes: str
    fails: str
    lang: str = "en"


class Check(BaseModel):
    """A constraint on a text. Subclass it, name its ``type``, implement :meth:`test`.

    Instances are immutable and reusable for any number of texts.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    example: ClassVar[Example | None] = None

    type: str = Field(description="The name of the check.")
    negate: bool = Field(default=False, description="Ask for the opposite.")

    def test(self, text: str, lang: str) -> Outcome:
        """Judge a text, without regard to ``negate``.

        Args:
            text: The answer; its line breaks are ``\\n``.
            lang: The item's language, ``en`` or ``zh``.
        """
        raise NotImplementedError(f"{type(self).__name__} has to implement test()")

    def run(self, text: str, lang: str = "en") -> Outcome:
        """Judge a text, ``negate`` included."""
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        outcome = self.test(text, lang)
        return outcome.inverted() if self.negate else outcome


class Bounds(Check):
    """A check that counts something and wants the count within bounds."""

    default_min: ClassVar[int | None] = None

    min: int | None = Field(default=None, ge=0, description="At least this many.")
    max: int | None = Field(default=None, ge=0, description="At most this many.")
    exactly: int | None = Field(default=None, ge=0, description="This many.")

    @model_validator(mode="after")
    def _bounds_make_sense(self) -> Self:
        if self.exactly is not None and (self.min is not None or self.max is not None):
            raise ValueError("'exactly' goes without 'min' and 'max'")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min} is more than max {self.max}")
        if not self.bounded and self.default_min is None:
            raise ValueError("one of 'min', 'max', 'exactly' is needed")
        return self

    @property
    def bounded(self) -> bool:
        """Whether any bound was given."""
        return not (self.min is None and self.max is None and self.exactly is None)

    @property
    def limits(self) -> tuple[int, int | None]:
        """Lowest and highest count that holds; ``None`` is no upper limit."""
        if self.exactly is not None:
            return self.exactly, self.exactly
        if not self.bounded:
            return self.default_min or 0, None
        return self.min or 0, self.max

    def holds(self, count: int) -> bool:
        """Whether a count is within the bounds."""
        low, high = self.limits
        return low <= count and (high is None or count <= high)

    @property
    def wanted(self) -> str:
        """The bounds in words: ``at most 50``."""
        low, high = self.limits
        if high is None:
            return f"at least {low}"
        if self.min is None and self.exactly is None:
            return f"at most {high}"
        return f"exactly {low}" if low == high else f"{low} to {high}"

    def wanted_of(self, one: str, many: str = "") -> str:
        """The bounds with their unit: ``at most 50 words``."""
        low, high = self.limits
        return f"{self.wanted} {one if (low if high is None else high) == 1 else many or one + 's'}"

    @property
    def unwanted(self) -> str:
        """The opposite of the bounds in words: ``more than 50``."""
        low, high = self.limits
        if high is None:
            return f"fewer than {low}"
        if self.min is None and self.exactly is None:
            return f"more than {high}"
        return f"any number but {low}" if low == high else f"fewer than {low} or more than {high}"

    def judge(self, count: int, found: str) -> Outcome:
        """The verdict on a count, where ``found`` says what was counted: ``63 words``."""
        return Outcome(
            self.holds(count),
            f"{found}, {self.wanted} wanted",
            f"{found}, {self.unwanted} wanted",
        )


def _not_zero(position: int) -> int:
    if position == 0:
        raise ValueError("counts from 1, or from -1 at the end; 0 is no position")
    return position


Unit = TypeVar("Unit")

Position = Annotated[int, AfterValidator(_not_zero)]
"""A 1-based position; negative ones count from the end."""


def plural(count: int, one: str, many: str = "") -> str:
    """``1 word``, ``2 words``."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def show(text: str, limit: int = 40) -> str:
    """A text as a short quoted piece of one line, safe to print anywhere."""
    flat = " ".join(text[: 8 * limit].split())
    if len(flat) > limit or len(text) > 8 * limit:
        flat = flat[: limit - 1] + "…"
    return "'" + "".join(c if c.isprintable() else ascii(c)[1:-1] for c in flat) + "'"


def join(parts: Sequence[str], word: str = "and") -> str:
    """``a, b and c``."""
    parts = list(parts)
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}" if len(parts) > 1 else "".join(parts)


def pick(units: Sequence[Unit], position: int) -> Unit | None:
    """The unit at a 1-based position, counted from the end if negative; ``None`` if none."""
    if position > len(units) or -position > len(units):
        return None
    return units[position - 1] if position > 0 else units[position]


def place_of(unit: str, position: int) -> str:
    """``sentence 2``, ``the last sentence``, ``sentence 2 from the end``."""
    if position == -1:
        return f"the last {unit}"
    return f"{unit} {position}" if position > 0 else f"{unit} {-position} from the end"
