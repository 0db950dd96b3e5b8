"""Words, and how much of one text stands in another: in runs of words, not in single ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_WIDE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
# Scripts without spaces go by characters.
_WORD = re.compile(rf"[{_WIDE}]|[^\W{_WIDE}]+(?:['’-][^\W{_WIDE}]+)*")
_WIDE_CHARACTER = re.compile(f"[{_WIDE}]")
_HALF = 0.5


def word_count(text: str) -> int:
    """Words of a text; in Chinese, Japanese and Korean, characters."""
    return sum(1 for _ in _WORD.finditer(text))


def words(text: str) -> list[str]:
    """The words of a text in lower case; in Chinese, Japanese and Korean, characters."""
    return _WORD.findall(text.lower())


def run_length(text: str, size: int) -> int:
    """How many words make a run: twice as many where words are characters."""
    start = text[:4000]
    wide = len(_WIDE_CHARACTER.findall(start))
    return 2 * size if wide > _HALF * len(start.split()) and wide > _HALF * len(start) / 2 else size


def runs(found: Sequence[str], size: int) -> list[int]:
    """A hash of every run of ``size`` words, in order."""
    return [hash(run) for run in zip(*(found[start:] for start in range(size)), strict=False)]


@lru_cache(32)  # the requests and answers about a document come close together
def runs_of(document: str, size: int) -> frozenset[int]:
    """The runs of words of a document."""
    return frozenset(runs(words(document), size))


def copied_share(text: str, document: str, size: int) -> float:
    """The share of a text's runs of words that stand in the document too; 0 if it has none."""
    size = run_length(document, size)
    own = runs(words(text), size)
    if not own:
        return 0.0
    held = runs_of(document, size)
    return sum(run in held for run in own) / len(own)


def shares_run(text: str, document: str, size: int) -> bool:
    """Whether a run of ``size`` words stands in both texts."""
    size = run_length(document, size)
    return not runs_of(document, size).isdisjoint(runs(words(text), size))


def quoted_share(document: str, text: str, size: int) -> float:
    """The share of the document's runs of words that stand in a text; 0 if it has none."""
    size = run_length(document, size)
    whole = runs_of(document, size)
    if not whole:
        return 0.0
    return len(whole & frozenset(runs(words(text), size))) / len(whole)
