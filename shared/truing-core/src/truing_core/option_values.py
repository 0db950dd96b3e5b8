"""Values of options that are one of several words, or several of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar, overload

from truing_core.errors import UsageError

_Word = TypeVar("_Word", bound=str)


def one_of(option: str, value: str, known: Sequence[_Word]) -> _Word:
    """The word, as one of those there are.

    Args:
        option: How it is typed: ``--checks``.
        value: What was typed.
        known: What may be typed.

    Raises:
        UsageError: There is no such word; the message lists those there are.
    """
    return _known(option, value, known, known)


def auto_or_one_of(option: str, value: str, known: Sequence[_Word]) -> _Word | None:
    """As :func:`one_of`, where ``auto`` may be typed too: that is None."""
    return None if value == "auto" else _known(option, value, known, (*known, "auto"))


@overload
def words_of(option: str, value: str) -> tuple[str, ...]: ...


@overload
def words_of(option: str, value: str, known: Sequence[_Word]) -> tuple[_Word, ...]: ...


def words_of(option: str, value: str, known: Sequence[Any] = ()) -> tuple[Any, ...]:
    """The words of a list with commas, each once, in the order they stand there.

    Args:
        option: How it is typed: ``--categories``.
        value: What was typed.
        known: What may be typed; by default anything.

    Raises:
        UsageError: There is no such word, or nothing but commas.
    """
    found = dict.fromkeys(word for part in value.split(",") if (word := part.strip()))
    expected = ", ".join(known) or "names with commas between them"
    if not found:
        raise UsageError(f"{option} names nothing; expected {expected}")
    for word in found:
        if known and word not in known:
            raise UsageError(f"{option} names '{word}'; expected {expected}")
    return tuple(found)


def _known(option: str, value: str, known: Sequence[_Word], told: Sequence[str]) -> _Word:
    for word in known:
        if word == value:
            return word
    *others, last = told
    expected = f"{', '.join(others)} or {last}" if others else last
    raise UsageError(f"{option} is '{value}'; expected {expected}")
