"""Reading the agreed form of a reply: a mended text between tags, or that nothing has to change."""

from __future__ import annotations

import re
from dataclasses import dataclass

_THOUGHT = re.compile(r"^\s*<think>.*?</think>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Mended:
    """A text between the tags; ``closed`` unless the second tag is missing."""

    text: str
    closed: bool = True


@dataclass(frozen=True, slots=True)
class NoChange:
    """The editor says that nothing has to change."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Neither of both is there."""


def parse_reply(text: str, mark: str) -> Mended | NoChange | Unread:
    """Reads a reply.

    Tags may be written in another case or with spaces inside; what stands around them is passed
    over. Of several mended texts the last counts.

    Args:
        text: What the editor said.
        mark: The mark it was given.
    """
    text = _THOUGHT.sub("", text)
    opening = re.compile(rf"<\s*mended-{mark}\s*>", re.IGNORECASE)
    closing = re.compile(rf"<\s*/\s*mended-{mark}\s*>", re.IGNORECASE)
    same = re.compile(rf"<\s*no-change-{mark}\s*/?\s*>", re.IGNORECASE)
    starts = [match.end() for match in opening.finditer(text)]
    for start in reversed(starts):
        if end := closing.search(text, start):
            return Mended(text[start : end.start()].strip())
    if same.search(text):
        return NoChange()
    if starts:
        return Mended(text[starts[-1] :].strip(), closed=False)
    return Unread()
