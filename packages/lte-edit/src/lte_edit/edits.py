"""An edit: a fact the model is to go by, as users write it and as the memory keeps it."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import uuid4

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from lte_edit.namespaces import DEFAULT_NAMESPACE

LONGEST = 20_000  # characters of a prompt or target; a fact is a sentence, not a book


def _composed(value: Any) -> Any:
    """Composed characters, so that equal facts compare equal; what is no text is left as it is."""
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def _no_controls(value: str) -> str:
    """Refuses what hides text."""
    hidden = [c for c in value if unicodedata.category(c) == "Cc" and c not in "\n\t"]
    if hidden:
        raise ValueError(f"holds the control character U+{ord(hidden[0]):04X}")
    return value


# Composing may lengthen a text, so it comes before the limit: what is stored must be readable.
Text = Annotated[
    str,
    StringConstraints(strict=True, strip_whitespace=True, min_length=1, max_length=LONGEST),
    BeforeValidator(_composed),
    AfterValidator(_no_controls),
]
Label = Annotated[
    str,
    StringConstraints(strict=True, strip_whitespace=True, max_length=LONGEST),
    BeforeValidator(_composed),
    AfterValidator(_no_controls),
]
Namespace = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class Edit(BaseModel):
    """A fact: what is asked (or the start of a sentence), and what holds from now on.

    Attributes:
        id: Unique in a memory; made up where none is given.
        prompt: A question, or the beginning of a sentence.
        target: The answer, or its end.
        subject: What the fact is about; may be empty when it is not known.
        rephrasings: Other ways to ask; retrieval knows them, too.
        namespace: Who sees the edit.
        time: When it was made, with a time zone.
        author: Who made it.
        source: Where it comes from.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: Text
    target: Text
    subject: Label = ""
    rephrasings: tuple[Text, ...] = ()
    namespace: Namespace = DEFAULT_NAMESPACE
    id: Annotated[str, StringConstraints(pattern=r"^[^\s/\x00-\x1f\x7f-\x9f]{1,200}$")] = Field(
        default_factory=lambda: uuid4().hex[:16]
    )
    time: datetime = Field(default_factory=lambda: datetime.now(UTC))
    author: Label | None = None
    source: Label | None = None

    @property
    def descriptor(self) -> str:
        """The edit in one line, ``prompt + " " + target`` (arXiv 2402.11905, section 3)."""
        return f"{self.prompt} {self.target}"

    @property
    def key(self) -> tuple[str, str]:
        """What two edits have in common if the later one is to replace the earlier one."""
        return fold(self.subject), fold(self.prompt)

    def says_what(self, other: Edit) -> bool:
        """Whether it has the same target and rephrasings as another edit about the same."""
        return (self.target, self.rephrasings) == (other.target, other.rephrasings)


def fold(text: str) -> str:
    """Text as compared: letter case, width and white space do not count."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def complaint(error: ValidationError) -> tuple[str, str]:
    """The field of an edit that cannot be, and what is wrong with it, in a few words."""
    first = error.errors()[0]
    field, context = ".".join(map(str, first["loc"])), first.get("ctx", {})
    length = f"{len(first['input']):,}" if isinstance(first["input"], str) else ""
    said = {
        "missing": "is missing; expected text",
        "string_type": "expected text",
        "string_unicode": "is no valid Unicode text",
        "string_too_short": "is empty; expected text",
        "string_too_long": f"has {length} characters; at most {context.get('max_length')} fit",
        "string_pattern_mismatch": f"is {first['input']!r:.60}; expected letters, digits, . _ or -",
        "value_error": str(context.get("error", "")),
    }
    return field, said.get(first["type"]) or f"{first['msg'][:1].lower()}{first['msg'][1:]}"
