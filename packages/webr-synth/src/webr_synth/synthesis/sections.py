"""A document's sections: where it may be cut."""

from __future__ import annotations

import re
from collections.abc import Callable

from truing_core.run import rng

_BLANK = re.compile(r"\n[ \t\r\f\v]*\n\s*")
_HEADING = re.compile(r"#{1,6}\s+\S|<h[1-6]\b", re.IGNORECASE)
_LEAST = 200
"""A section has at least so many characters; shorter ones go with the next."""


def sections(text: str) -> list[str]:
    """The sections of a text, which joined give it back.

    They end at blank lines, or, where a text has none, at the ends of lines. Headings and short
    blocks belong to what follows.
    """
    ends = [match.end() for match in _BLANK.finditer(text)]
    if not ends:
        ends = [match.end() for match in re.finditer("\n", text)]
    found: list[str] = []
    start = 0
    for end in [*ends, len(text)]:
        piece = text[start:end]
        last = piece.strip().rpartition("\n")[2]
        if end < len(text) and (len(piece.strip()) < _LEAST or _HEADING.match(last)):
            continue
        if piece:
            found.append(piece)
        start = end
    if len(found) > 1 and len(found[-1].strip()) < _LEAST // 2:
        found[-2:] = ["".join(found[-2:])]
    return found


def prefix(text: str, seed: int, doc_id: str) -> str:
    """The sections that are shown: with probability ½ all, else a random number of the first.

    Of two sections that is half of the time one, half of the time both, and so on.
    """
    parts = sections(text)
    draw = rng(seed, doc_id, "prefix")
    if len(parts) < 2 or draw.random() < 0.5:
        return text.strip()
    return "".join(parts[: draw.randint(1, len(parts) - 1)]).strip()


def fitted(text: str, most: int, count: Callable[[str], int]) -> tuple[str, bool]:
    """As many sections from the start as have at most so many tokens, and whether that cut any.

    A first section that is longer by itself is cut at a word.

    Args:
        text: The document.
        most: Tokens.
        count: Counts the tokens of a text.
    """
    # No token is longer than this on average, so a huge document is not counted whole.
    start = text[: 16 * most]
    if len(start) == len(text) and count(text) <= most:
        return text, False
    kept, used = "", 0
    for part in sections(start):
        cost = count(part)
        if used + cost > most:
            break
        kept, used = kept + part, used + cost
    if kept.strip():
        return kept.rstrip(), True
    low, high = 0, len(start)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if count(start[:middle]) <= most else (low, middle - 1)
    cut = start[:low]
    at_word = re.match(r"(?s)(.*\S)\s+\S*$", cut)
    return (at_word[1] if at_word else cut).rstrip(), True
