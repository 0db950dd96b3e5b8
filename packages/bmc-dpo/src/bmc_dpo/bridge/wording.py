"""Distance between texts, counted in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

_WIDE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
# Scripts without spaces go by characters.
_WORD = re.compile(rf"[{_WIDE}]|[^\W{_WIDE}]+(?:['’][^\W{_WIDE}]+)*|[^\w\s]")


@lru_cache(4096)
def words(text: str) -> tuple[str, ...]:
    """Words and punctuation marks; white space and its changes do not count."""
    return tuple(_WORD.findall(text))


def change_ratio(old: str, new: str) -> float:
    """The share of words that differ: Levenshtein distance over the longer text's words."""
    from rapidfuzz.distance import Levenshtein

    return float(Levenshtein.normalized_distance(words(old), words(new)))


def similarity(one: str, other: str) -> float:
    """1 for the same words in the same order, 0 where none is in place."""
    return 1.0 - change_ratio(one, other)


def shingles(text: str, size: int) -> Iterator[tuple[str, ...]]:
    """Every run of ``size`` words, in lower case."""
    found = [word.lower() for word in words(text)]
    for start in range(len(found) - size + 1):
        yield tuple(found[start : start + size])
