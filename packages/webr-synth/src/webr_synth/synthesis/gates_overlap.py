"""How much of one text stands in another, in runs of words, not in single ones.

What is certain from a few samples is not counted: most texts have nothing to do with a copy, and
the gates stand in the way of every reply.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from truing_core.words import run_length, words

_HALF = 0.5
_SAMPLES = 32


def copied_share(text: str, document: str, size: int, limit: float) -> float:
    """The share of a text's runs of words that stand in the document too.

    Args:
        text: The text.
        document: Where it may come from.
        size: Words of a run; twice as many where words are characters.
        limit: The share one asks about: 0 is given if samples show far less.
    """
    size = run_length(document, size)
    own = words(text)
    number = len(own) - size + 1
    if number < 1:
        return 0.0
    whole, step = _flat(document), max(1, number // _SAMPLES)
    starts = range(0, number, step)
    found = sum(f" {' '.join(own[start : start + size])} " in whole for start in starts)
    if found < _HALF * limit * len(starts):
        return 0.0
    held = _runs_of(document, size)
    return sum(run in held for run in _runs(own, size)) / number


def shares_run(text: str, document: str, size: int) -> bool:
    """Whether a run of ``size`` words stands in both texts."""
    size = run_length(document, size)
    own, whole, half = words(text), _flat(document), max(1, size // 2)
    # Whatever run of words is shared, one of these lies inside it.
    near = range(0, len(own) - half + 1, half)
    if not any(f" {' '.join(own[start : start + half])} " in whole for start in near):
        return False
    return not _runs_of(document, size).isdisjoint(_runs(own, size))


def quoted_share(document: str, text: str, size: int, limit: float) -> float:
    """The share of the document's runs of words that stand in a text.

    Args:
        document: The document.
        text: What may quote it.
        size: Words of a run; twice as many where words are characters.
        limit: The share one asks about: 0 is given where the text is too short for it.
    """
    size = run_length(document, size)
    if len(words(text)) < limit * (len(words(document)) - size):
        return 0.0
    whole = _runs_of(document, size)
    return len(whole.intersection(_runs(words(text), size))) / len(whole) if whole else 0.0


def _runs(found: Sequence[str], size: int) -> list[int]:
    """A hash of every run of ``size`` words, in order."""
    return list(map(hash, zip(*(found[start:] for start in range(size)), strict=False)))


@lru_cache(16)
def _runs_of(document: str, size: int) -> frozenset[int]:
    return frozenset(_runs(words(document), size))


@lru_cache(16)
def _flat(document: str) -> str:
    """A document's words with one space between them, so that runs can be looked for as texts."""
    return f" {' '.join(words(document))} "
