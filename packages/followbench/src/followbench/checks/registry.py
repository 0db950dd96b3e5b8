"""From JSON to checks: the built-in types, those of other packages, and readable errors."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from pydantic import ValidationError

from followbench.checks import (
    affixes,
    answer,
    case,
    combination,
    formats,
    keywords,
    language,
    length,
    lists,
    markup,
    pattern,
    punctuation,
    structure,
    vocabulary,
)
from followbench.checks.base import Check, Outcome, join
from truing_core.errors import InputError, TruingError

GROUP = "followbench.checks"
"""The entry-point group in which other packages register their own check types."""

MODULES = (
    length,
    keywords,
    vocabulary,
    affixes,
    case,
    punctuation,
    lists,
    formats,
    structure,
    markup,
    language,
    answer,
    pattern,
    combination,
)
"""The families of built-in types; each module lists its own in ``CHECKS``."""

BUILT_IN: dict[str, type[Check]] = {
    cls.model_fields["type"].default: cls for module in MODULES for cls in module.CHECKS
}


@cache
def _registered() -> dict[str, type[Check]]:
    types: dict[str, type[Check]] = {}
    for point in entry_points(group=GROUP):
        origin = f"check '{point.name}' ({point.value})"
        if point.name in BUILT_IN or point.name in types:
            raise TruingError(f"{origin}: a check of this name exists already; rename it")
        try:
            loaded = point.load()
        except Exception as error:
            raise TruingError(f"{origin} cannot be loaded: {error}") from error
        if not (isinstance(loaded, type) and issubclass(loaded, Check)):
            raise TruingError(f"{origin} is no subclass of followbench.checks.Check")
        types[point.name] = loaded
    return types


def check_types() -> dict[str, type[Check]]:
    """All check types by name: the built-in ones, then those registered by other packages.

    Raises:
        TruingError: A registered check cannot be loaded, or takes a name that is in use.
    """
    return BUILT_IN | _registered()


def parse_check(spec: Mapping[str, Any]) -> Check:
    """Validate a check's specification.

    Args:
        spec: ``{"type": name, …parameters}``.

    Raises:
        InputError: The type is unknown, or a parameter is unknown, missing or makes no sense.
    """
    if not isinstance(spec, Mapping):
        raise InputError(f"a check is an object with a 'type', not {spec!r}")
    name = spec.get("type")
    if not isinstance(name, str):
        raise InputError("a check needs a 'type', such as 'words'")
    cls = BUILT_IN.get(name) or _registered().get(name)
    if cls is None:
        raise InputError(f"unknown check '{name}'; {_suggest(name, list(check_types()))}")
    try:
        return cls.model_validate(dict(spec))
    except ValidationError as error:
        raise InputError(_problem(name, cls, error)) from None
    except RecursionError:
        raise InputError(f"check '{name}' is nested too deeply") from None


def run_check(spec: Check | Mapping[str, Any], text: str, lang: str = "en") -> Outcome:
    """Apply a check to a text.

    Args:
        spec: A parsed check, or its specification.
        text: The answer.
        lang: The item's language, ``en`` or ``zh``.

    Raises:
        InputError: The specification is not valid.
        TruingError: A check of another package raised.
    """
    check = spec if isinstance(spec, Check) else parse_check(spec)
    try:
        return check.run(text, lang)
    except TruingError:
        raise
    except Exception as error:
        problem = f"check '{check.type}' broke on a text: {type(error).__name__}: {error}"
        raise TruingError(problem) from error


def _suggest(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
    if close:
        return f"did you mean {join([repr(c) for c in close], 'or')}?"
    return f"known are {join(known)}"


def _problem(name: str, cls: type[Check], error: ValidationError) -> str:
    """The first thing wrong with a specification, as a sentence."""
    details = error.errors(include_url=False)
    unknown = [d for d in details if d["type"] == "extra_forbidden"]
    first = unknown[0] if unknown else details[0]
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        known = [key for key in cls.model_fields if key != "type"]
        return f"check '{name}' has no parameter '{place}'; {_suggest(place, known)}"
    if first["type"] == "missing":
        return f"check '{name}' needs '{place}'"
    if first["type"] == "too_short":
        return f"check '{name}': '{place}' is empty"
    message = first["msg"].removeprefix("Value error, ")
    message = message.removeprefix("Input ").removeprefix("String ")
    if not place:
        return f"check '{name}': {message}"
    got = "" if first["type"] == "value_error" else f", not {first['input']!r}"
    return f"check '{name}': '{place}' {message}{got}"
