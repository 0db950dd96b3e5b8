"""Plain numbers: one number, with its sign, beside a currency and a unit.

A dash is a minus sign where it touches the digits or their currency (``-5``, ``-$5``), and, with
blanks after it, where the text begins with it or a colon, a bracket or an equals sign stands
before (``- 5``). Between blanks after words or digits (``Total - 5``), after a digit (``3-5``)
and as a bullet on a later line it is none.

Letters that touch the digits are a variable if they are few and Latin or Greek, unless they are a
known unit; a letter that stands apart is one unless it is known as a unit there. Words for
thousands and the like, where they touch the digits, make it no plain number.
"""

from __future__ import annotations

import re
from fractions import Fraction

_DASHES = "-\u2010\u2011\u2212\u2013\ufe63\uff0d"
_TO_HYPHENS = str.maketrans(dict.fromkeys(_DASHES, "-"))
_DIGITS = r"(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:\s*/\s*\d+)?|\.\d+)"
_NUMBER = rf"(?:(?<!\d)[{_DASHES}+])?{_DIGITS}"
_ONE = re.compile(_NUMBER)
_SYMBOLS = "$€£¥¢฿\u20a0-\u20cf￥￡"
_CURRENCY = rf"(?:(?:US|R|A|C|HK|NZ)?[{_SYMBOLS}]|(?:USD|EUR|GBP)\s)"
_OPENING = r"=:(\[{~≈"
_MINUS = re.compile(
    rf"(?:^|(?<=[\s{_OPENING}*\"'“‘`]))-{_CURRENCY}\s*$"
    rf"|(?:^|[{_OPENING}][^\S\n]*|[*\"'“‘`{_SYMBOLS}])-\s*(?:{_CURRENCY}\s*)?$"
    rf"|^\W*(?:minus|negative)\s+(?:{_CURRENCY}\s*)?$",
    re.IGNORECASE,
)
_ALONE = re.compile(rf"\s*([{_DASHES}]\s*(?:{_CURRENCY}\s*)?{_DIGITS})[.!]?\s*")
_SIGNED = re.compile(
    rf"(?:(?<![\w)\]}}])[{_DASHES}]{_CURRENCY}[^\S\n]?"
    rf"|(?:(?<=[{_OPENING}])|(?<=[{_OPENING}] ))[{_DASHES}][^\S\n]+(?:{_CURRENCY}[^\S\n]?)?)?"
    rf"{_NUMBER}"
)

_LENGTH = r"[cdkmnµμ]m|ft|feet|foot|in|inch(?:es)?|yds?|yards?|mi|miles?|met(?:er|re)s?"
# Of several letters, in any case.
_NAMED = (
    rf"{_LENGTH}|st|nd|rd|th|[kmµμ]g|kgs|lbs?|oz|tons?|[cdmµμ]l|gal|cc|cups?|[mnµμ]s|secs?|mins?"
    r"|hrs?|days?|wks?|yrs?|mph|kph|[brm]pm|fps|[ap]\.?m|[kmg]?wh|[kmg]w|[km]v|[kmg]?hz"
    r"|[kmgt]i?b|[kmg]bps|[km]?Ω|[km]?pa|k[jn]|mj|ma|mah|[kmg]?ev|k?cal|db|mol|ppm|px|pts?|pcs"
    r"|deg|sq|usd|eur|gbp|jpy|cny|rmb|inr|chf|cad|aud|kr"
)
_SQUARE = r"(?:(?:sq\.?|square|cubic)\s+)?"
_ONE_UNIT = rf"(?:(?:(?i:{_LENGTH})|m)[²³]|(?i:{_NAMED})|[mgshlLVWB])"
_MORE_UNITS = rf"\s?[/·⋅]\s?(?:{_ONE_UNIT}[²³]?|[JKN])"
_UNIT = re.compile(
    rf"(?:º[CF]?|\s*(?:{_SQUARE}{_ONE_UNIT}|(?<=\s)[ACFJKNT])(?:{_MORE_UNITS})*|(?:{_MORE_UNITS})+)"
    r"(?![A-Za-zͰ-Ͽ\d²³^(])"
)

_FUNCTION = r"(?:sin|cos|tan|cot|sec|csc|ln|log|exp|sqrt)"
_LATIN = r"A-Za-zÀ-ɏ"
_VARIABLE = re.compile(rf"[A-Za-zͰ-Ͽ]{{1,3}}|[ху]|{_FUNCTION}[A-Za-zͰ-Ͽ]?")
_WIDE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_NOUN = re.compile(rf"[{_LATIN}]+|[Ѐ-ӿ]+|[{_WIDE}]+")
# Letters that touch the digits and make another number of them, or a bound.
_SCALE = re.compile(
    r"hundred|thousand|million|billion|trillion|dozen|lakh|crore|mil|тыс|мил|мл[нр]|[十百万萬億亿兆십백천만억조]"
    r"|千(?![克米瓦])|.*(?:[半반余餘多來来]|以[上下内內外]|未[满満滿]|超|이상|이하|미만|초과)|[成割折]$",
    re.IGNORECASE,
)
# Relations, powers, factorials, functions, fractions of one character: more than a number.
_MORE = re.compile(rf"[\\^_{{}}=√π<>≤≥≠≈±!∞∅⁰¹²³⁴-⁹ⁿ½¼¾⅐-⅞]|\b[a-zA-Z]\s*[-+*/]|\b{_FUNCTION}\b")
# "5 x", "5 - x", "5/x", but not "5 a day", "5 i.e. five" or "5 o'clock".
_OPERAND = re.compile(
    r"\s*(?:[-+*/·⋅×÷]\s*)?(?![aeouAI]\s+[^\W\d_]{2})[A-Za-zͰ-Ͽ](?![\w'’]|\.\w)",
)
_BOUND = re.compile(
    r"\b(?:not|never|less|more|fewer|greater|least|most|above|below|under|over)\b|n['’]t\b", re.I
)


def plain_number(text: str) -> Fraction | None:
    """The number an answer consists of, beside a currency and a unit; else ``None``."""
    text = text.strip().lstrip("= ").translate(_TO_HYPHENS)
    found = list(_ONE.finditer(text))
    if len(found) != 1:
        return None
    before, digits, after = text[: found[0].start()], found[0][0], text[found[0].end() :]
    unit = _UNIT.match(after)
    rest = after[unit.end() :] if unit else after
    if before[-1:].isalpha() or _BOUND.search(before) or _changes(rest):
        return None
    if _MORE.search(f"{before}{digits}{rest}"):
        return None
    try:
        value = Fraction(re.sub(r"[,\s]", "", digits))
    except (ValueError, ZeroDivisionError):
        return None
    signed = digits[0] in "+-"
    return -value if not signed and _MINUS.search(before) else value


def last_number(text: str) -> str | None:
    """The last number of a text as it stands there, with what makes it negative."""
    if alone := _ALONE.fullmatch(text):
        return alone[1]
    numbers = _SIGNED.findall(text)
    return numbers[-1] if numbers else None


def _changes(rest: str) -> bool:
    """Whether what follows a number, beside units, makes something else of it."""
    letters = re.match(r"[^\W\d_]+", rest)
    if letters is None:
        return _OPERAND.match(rest) is not None
    word = letters[0]
    return bool(_VARIABLE.fullmatch(word) or _SCALE.match(word) or not _NOUN.fullmatch(word))
