"""The final answer of a response, and whether two of them are the same; the extra ``exact``.

Numbers are compared as exact fractions. What is no plain number goes, if it is short and
harmless, through math-verify's LaTeX grammar, which evaluates no code; what that cannot read is
compared as text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from truing_core.errors import TruingError

_BOXED = re.compile(r"\\boxed\s*\{")
_HASHES = re.compile(r"^.*####[ \t]*(.+)$", re.MULTILINE)
_STATED = re.compile(r"\banswer\s*(?:is|:|=)[ \t:=]*(?=(.+))", re.IGNORECASE)
_SENTENCE_END = re.compile(r"\.(?:\s|$)")
_MINUS = "\u2212"
_NUMBER = re.compile(
    rf"[-+{_MINUS}]?(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?(?:\s*/\s*\d+)?|[-+{_MINUS}]?\.\d+"
)
# Relations, powers, factorials, fractions of one character: more than a number.
_MORE = re.compile(r"[\\^_{}=√π<>≤≥≠≈±!∞∅⁰¹²³⁴-⁹ⁿ½¼¾⅐-⅞]|\b[a-zA-Z]\s*[-+*/]")
_BOUND = re.compile(
    r"\b(?:not|never|less|more|fewer|greater|least|most|above|below|under|over)\b|n['’]t\b", re.I
)
_FACTORIAL = re.compile(r"(?:\d|\)|\b[a-zA-Z])\s?!")
_UNIT = re.compile(
    r"st|nd|rd|th|[kcmµn]?m|[kmµ]?g|m?l|lbs?|oz|ft|in|yd|mi|mph|kph|km/h|m?s|secs?|mins?|h|hrs?"
    r"|[ap]m|[kM]?W|[km]?V|[kM]?Hz|[kMGT]?B|usd|eur|gbp"
)
_PIECES = re.compile(r"[^\W_]+|\S")
_KEPT = frozenset("-*/^#%&@§‰")
_LONGEST = 200
# What may take sympy forever: powers of powers, large exponents, factorials.
_HEAVY = re.compile(r"[\^*]\s*\{?[^+\-]*\^|\^\s*\{?\s*-?\d{4,}|\*\*|!|\d{60,}")
_SECONDS = 3


def stated_answer(text: str) -> str | None:
    """What a response marks as its answer: ``\\boxed{}``, ``####`` or "the answer is"; the last."""
    boxed = [_braced(text, match.end()) for match in _BOXED.finditer(text)]
    if boxed:
        return boxed[-1].strip() or None
    if found := _HASHES.findall(text):
        return _first_sentence(found[-1]) or None
    if found := _STATED.findall(text):
        return _first_sentence(found[-1]).rstrip("!") or None  # emphasis, in a sentence
    return None


def final_answer(text: str) -> str | None:
    """:func:`stated_answer`, else the last number of the text."""
    stated = stated_answer(text)
    if stated is not None:
        return stated
    numbers = _NUMBER.findall(text)
    return numbers[-1] if numbers else None


def same_text(one: str, other: str) -> bool:
    """Whether two answers are the same but for case and punctuation; symbols count.

    ``C`` is not ``C#``, nor ``$50`` the same as ``50%``.
    """
    if one.strip().casefold() == other.strip().casefold():
        return True
    first, second = _plain(one), _plain(other)
    return bool(first) and first == second


def option_meant(options: Sequence[str], text: str) -> str | None:
    """The option that a text is: to the letter, by :func:`same_text`, or by its words alone.

    Each way counts if it leaves one option.
    """
    for form in (str.strip, str.casefold, _plain, _words):
        wanted = form(text)
        found = [option for option in options if wanted and form(option) == wanted]
        if found:
            return found[0] if len({*found}) == 1 else None
    return None


def same_answer(one: str, other: str) -> bool:
    """Whether two mathematical answers have the same value.

    Raises:
        TruingError: They are no plain numbers, and math-verify is not installed.
    """
    first, second = plain_number(one), plain_number(other)
    if first is not None and second is not None:
        return first == second
    alike = bool(one.strip()) and same_text(one, other)
    if alike and len({bool(_FACTORIAL.search(text)) for text in (one, other)}) == 1:
        return True
    return _verified(one, other)


def plain_number(text: str) -> Fraction | None:
    """The number an answer consists of, beside a currency and a unit; else ``None``."""
    text = text.strip().lstrip("= ").replace(_MINUS, "-")
    found = list(_NUMBER.finditer(text))
    if len(found) != 1 or _MORE.search(text):
        return None
    before, after = text[: found[0].start()], text[found[0].end() :]
    letters = re.match(r"[^\W\d_]+(?:/[^\W\d_]+)?", after)
    if (letters and not _UNIT.fullmatch(letters[0])) or before[-1:].isalpha():
        return None
    if _BOUND.search(before):
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
    """Words and symbols, without punctuation."""
    return " ".join(each for each in _PIECES.findall(text.casefold()) if _counts(each))


def _words(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+|[-+*/^=<>]", text.casefold()))


def _counts(piece: str) -> bool:
    # Of one character that is neither letter nor digit: symbols of mathematics, money and others.
    return piece.isalnum() or piece in _KEPT or unicodedata.category(piece) in ("Sm", "Sc", "So")
