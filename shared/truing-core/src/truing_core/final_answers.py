"""The final answer of a response, and whether two of them are the same; the extra ``exact``.

Numbers are compared as exact fractions. What is no plain number goes, if it is short and
harmless, through math-verify's LaTeX grammar, which evaluates no code; what that cannot read is
compared as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from truing_core.errors import TruingError

_BOXED = re.compile(r"\\boxed\s*\{")
_HASHES = re.compile(r"^.*####[ \t]*(.+)$", re.MULTILINE)
_STATED = re.compile(r"\banswer\s*(?:is|:|=)[ \t:=]*(?=(.+))", re.IGNORECASE)
_SENTENCE_END = re.compile(r"\.(?:\s|$)")
_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:\s*/\s*\d+)?|[-+]?\.\d+")
_LONGEST = 200
# What may take sympy forever: powers of powers, large exponents, factorials.
_HEAVY = re.compile(r"[\^*]\s*\{?[^+\-]*\^|\^\s*\{?\s*-?\d{4,}|\*\*|!|\d{60,}")
_SECONDS = 3


def stated_answer(text: str) -> str | None:
    """What a response marks as its answer: ``\\boxed{}``, ``####`` or "the answer is"; the last."""
    boxed = [_braced(text, match.end()) for match in _BOXED.finditer(text)]
    if boxed:
        return boxed[-1].strip() or None
    for pattern in (_HASHES, _STATED):
        found = pattern.findall(text)
        if found:
            return _first_sentence(found[-1]) or None
    return None


def final_answer(text: str) -> str | None:
    """:func:`stated_answer`, else the last number of the text."""
    stated = stated_answer(text)
    if stated is not None:
        return stated
    numbers = _NUMBER.findall(text)
    return numbers[-1] if numbers else None


def same_text(one: str, other: str) -> bool:
    """Whether two answers have the same words, whatever their case and marks."""
    return _plain(one) == _plain(other)


def same_answer(one: str, other: str) -> bool:
    """Whether two mathematical answers have the same value.

    Raises:
        TruingError: They are no plain numbers, and math-verify is not installed.
    """
    first, second = plain_number(one), plain_number(other)
    if first is not None and second is not None:
        return first == second
    return (same_text(one, other) and bool(_plain(one))) or _verified(one, other)


def plain_number(text: str) -> Fraction | None:
    """The number an answer consists of, beside a currency and a unit; else ``None``."""
    text = text.strip().lstrip("= ")
    found = list(_NUMBER.finditer(text))
    if len(found) != 1 or re.search(r"[\\^_{}=√π]|\b[a-zA-Z]\s*[-+*/]", text):
        return None
    digits = re.sub(r"[,\s]", "", found[0][0])
    try:
        return Fraction(digits)
    except (ValueError, ZeroDivisionError):
        return None


def need_math_verify() -> None:
    """Checks that the extra is there, before work begins.

    Raises:
        TruingError: It is not.
    """
    if find_spec("math_verify") is None:
        raise TruingError(
            "comparing answers by their value needs math-verify: pip install 'truing-core[exact]'"
        )


def _verified(one: str, other: str) -> bool:
    if any(len(text) > _LONGEST or _HEAVY.search(text) for text in (one, other)):
        return False
    need_math_verify()
    gold, answer = _parsed(one), _parsed(other)
    if not gold or not answer:
        return False
    from math_verify import verify

    return bool(_calmly(lambda limit: verify(gold, answer, timeout_seconds=limit)))


@lru_cache(4096)
def _parsed(text: str) -> Any:
    from math_verify import LatexExtractionConfig, parse

    latex = "$" + text.strip().strip("$").replace("$", "") + "$"
    return _calmly(
        lambda limit: parse(
            latex, extraction_config=[LatexExtractionConfig()], parsing_timeout=limit
        )
    )


def _calmly(ask: Callable[[int | None], Any]) -> Any:
    """Asks math-verify with a time limit, which its alarm signal allows in the main thread only."""
    import logging
    import threading

    noisy = logging.getLogger("math_verify")
    level = noisy.level
    noisy.setLevel(logging.CRITICAL)
    try:
        main = threading.current_thread() is threading.main_thread()
        return ask(_SECONDS if main else None)
    except Exception:  # whatever its grammar and sympy stumble over: not the same, then
        return None
    finally:
        noisy.setLevel(level)


def _braced(text: str, start: int) -> str:
    depth = 1
    for position in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if not depth:
            return text[start:position]
    return text[start:]


def _first_sentence(text: str) -> str:
    return _SENTENCE_END.split(text.strip(), maxsplit=1)[0].strip(" *`\t")


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+|[-+*/^=<>]", text.casefold()))
