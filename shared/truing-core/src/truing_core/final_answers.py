"""The final answer of a response, and whether two of them are the same; the extra ``exact``.

Numbers are compared as exact fractions. What is no plain number goes, if it is short and
harmless, through math-verify's LaTeX grammar, which evaluates no code; what that cannot read is
compared as text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from truing_core.errors import TruingError
from truing_core.plain_numbers import last_number, plain_number

__all__ = [
    "final_answer",
    "need_math_verify",
    "option_meant",
    "plain_number",
    "same_answer",
    "same_text",
    "stated_answer",
]

_BOXED = re.compile(r"\\boxed\s*\{")
_HASHES = re.compile(r"^.*####[ \t]*(.+)$", re.MULTILINE)
_STATED = re.compile(r"\banswer\s*(?:is|:|=)[ \t:=]*(?=(.+))", re.IGNORECASE)
_SENTENCE_END = re.compile(r"\.(?:\s|$)")
_FACTORIAL = re.compile(r"(?:\d|\)|\b[a-zA-Z])\s?!")
_KEPT = frozenset("-*/^#%&@§‰")
_OPERATORS = frozenset("-+*/^=<>")
_JOINER = "\u200d"
_VARIANTS = range(0xFE00, 0xFE10)  # how the character before is drawn
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
    return last_number(text) if stated is None else stated


def same_text(one: str, other: str) -> bool:
    """Whether two answers are the same but for case and punctuation; symbols and accents count.

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
    return " ".join(each for each in _pieces(text) if _counts(each))


def _words(text: str) -> str:
    return " ".join(each for each in _pieces(text) if each[0].isalnum() or each in _OPERATORS)


def _pieces(text: str) -> list[str]:
    """Words in lower case, with the accents and vowel signs on their letters; others one by one."""
    pieces: list[list[str]] = []
    within = False
    for char in unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold()):
        if char == _JOINER:
            continue
        joins = char.isalnum() or (within and _is_mark(char))
        if joins and within:
            pieces[-1].append(char)
        elif not char.isspace():
            pieces.append([char])
        within = joins
    return ["".join(piece) for piece in pieces]


def _is_mark(char: str) -> bool:
    return unicodedata.category(char) in ("Mn", "Mc") and ord(char) not in _VARIANTS


def _counts(piece: str) -> bool:
    # Of one character that is neither letter nor digit: symbols of mathematics, money and others.
    if piece[0].isalnum() or piece in _KEPT:
        return True
    return unicodedata.category(piece) in ("Sm", "Sc", "So")
