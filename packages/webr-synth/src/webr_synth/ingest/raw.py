"""What readers hand on: a record as it stood in its file, or the trouble that stood there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["html", "text"]


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One document, untouched.

    Attributes:
        source: The file and the byte offset, row or member in it.
        kind: Whether it is markup or already text.
        content: Bytes whose charset is still to be found, or characters.
        url: Where it was fetched from.
        date: When, in ISO 8601.
        language: As the source says.
        charset: As the server said.
    """

    source: str
    kind: Kind
    content: bytes | str
    url: str | None = None
    date: str | None = None
    language: str | None = None
    charset: str | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """A record, or with ``lost`` all the rest of a file, that could not be read.

    Attributes:
        source: As :attr:`RawRecord.source`.
        reason: A few words to count by.
        detail: What exactly is wrong.
        lost: The file ends here for us.
    """

    source: str
    reason: str
    detail: str = ""
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Passed:
    """A record that is no document at all, such as an image; it is counted, and no fault."""

    source: str
    reason: str


Item = RawRecord | Trouble | Passed
