"""Finding a given piece of text: whole words, case, typography."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

import regex
from pydantic import AfterValidator, Field

from followbench.checks.text import CACHED, CJK, fold_quotes

_INSIDE = rf"[\p{{L}}\p{{M}}\p{{N}}_--[{CJK}]]"
_STARTS_WORD = regex.compile(_INSIDE, regex.VERSION1)
_EDGE_MARKUP = regex.compile(r"(?:#{1,6}[ \t]++|>[ \t]*+|[*_~`]++)++")


def _has_content(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty")
    return text


Piece = Annotated[str, AfterValidator(_has_content)]
"""A parameter that is looked for in texts, so it must not be empty."""

Pieces = Annotated[list[Piece], Field(min_length=1)]


@lru_cache(1024)
def finder(
    piece: str, case_sensitive: bool = False, whole_word: bool = True, at_end: bool = False
) -> regex.Pattern[str]:
    """A pattern that finds ``piece`` in a text prepared by :func:`prepared`.

    White space in the piece stands for any white space. Where the piece begins or ends with a
    letter or digit of a spaced script, ``whole_word`` asks for a word's edge there.
    """
    piece = fold_quotes(piece).strip()
    core = r"\s++".join(regex.escape(part) for part in piece.split())
    if whole_word and _STARTS_WORD.match(piece):
        core = rf"(?<!{_INSIDE}){core}"
    if whole_word and _STARTS_WORD.match(piece[-1:]):
        core = rf"{core}(?!{_INSIDE})(?!'t\b)"
    if at_end:
        core += r"\Z"
    flags = regex.VERSION1 if case_sensitive else regex.VERSION1 | regex.IGNORECASE
    return regex.compile(core, flags)


@lru_cache(CACHED)
def prepared(text: str) -> str:
    """A text with keyboard quotes, as :func:`finder` wants it."""
    return fold_quotes(text)


def starts(text: str, piece: str, case_sensitive: bool = False, whole_word: bool = True) -> bool:
    """Whether a text begins with a piece; leading markdown emphasis does not matter."""
    text = prepared(text).lstrip()
    pattern = finder(piece, case_sensitive, whole_word)
    if pattern.match(text):
        return True
    markup = _EDGE_MARKUP.match(text)
    return markup is not None and pattern.match(text, markup.end()) is not None


def ends(text: str, piece: str, case_sensitive: bool = False, whole_word: bool = True) -> bool:
    """Whether a text ends with a piece; trailing markdown emphasis does not matter."""
    text = prepared(text).rstrip()
    pattern = finder(piece, case_sensitive, whole_word, at_end=True)
    return any(pattern.search(end) for end in (text, text.rstrip("*_~`").rstrip()))
