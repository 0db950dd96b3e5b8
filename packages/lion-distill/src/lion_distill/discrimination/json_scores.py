"""Scores in the JSON objects of a reply, wherever they stand in it and whatever their keys."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_WORDS = (
    "assistant|answer|response|model|candidate|reply|output|system|chatbot|ai|final|overall|"
    "scores?|ratings?|grades?|points?|for|of|the"
)
_KEY = re.compile(rf"(?:{_WORDS})*(?P<name>a|b|1|2|one|two|first|second)(?:{_WORDS})*")
_GROUP = re.compile(rf"(?:{_WORDS}|verdicts?|result)+")
_FIRST_NAMES = {"a", "1", "one", "first"}
_STATED = re.compile(r"\s*(-?\d+(?:[.,]\d+)?)\s*(?:(?:/|out of)\s*(\d+)\s*)?")
_LONGEST_KEY = 60
_DEEPEST = 4
_MOST_TRIES = 200


class _Object(tuple[tuple[str, Any], ...]):
    """A JSON object as its pairs, for a key that stands there twice says two things."""


_decoder = json.JSONDecoder(object_pairs_hook=_Object)


def json_claims(text: str) -> Iterator[tuple[int, float]]:
    """Each score that an object states: 0 for the first answer or 1 for the second, and the value.

    Args:
        text: A reply; JSON may stand anywhere in it.

    Yields:
        Values as they stand, also those that are no scores; not a number where the scale is
        another one than 1 to 10.
    """
    for found in _objects(text):
        yield from _claims(found, _DEEPEST)


def _objects(text: str) -> Iterator[_Object]:
    position = text.find("{")
    for _ in range(_MOST_TRIES):
        if position < 0:
            return
        try:
            value, end = _decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            end = position + 1
        else:
            yield value
        position = text.find("{", end)


def _claims(found: _Object, depth: int) -> Iterator[tuple[int, float]]:
    for key, value in found:
        name = re.sub(r"[\W_]+", "", key[:_LONGEST_KEY].casefold())
        if label := _KEY.fullmatch(name):
            score = _score(value, depth)
            if score is not None:
                yield 0 if label["name"] in _FIRST_NAMES else 1, score
        elif not _GROUP.fullmatch(name) or not depth:
            continue
        elif isinstance(value, _Object):
            yield from _claims(value, depth - 1)
        elif isinstance(value, list) and len(value) == 2:
            for side, each in enumerate(value):
                score = _score(each, depth)
                if score is not None:
                    yield side, score


def _score(value: Any, depth: int) -> float | None:
    """The number a value states; ``None`` if it is something else, such as a reason."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if abs(value) < 1e9 else float("inf")
    if isinstance(value, str):
        stated = _STATED.fullmatch(value)
        if stated is None:
            return None
        return float("nan") if stated[2] not in (None, "10") else float(stated[1].replace(",", "."))
    if isinstance(value, _Object) and depth:
        inside = [each for key, each in value if key.casefold() in ("score", "rating")]
        return _score(inside[0], depth - 1) if inside else None
    return None
