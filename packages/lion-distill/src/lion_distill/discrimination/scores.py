"""Reading a referee's reply: two scores from 1 to 10, or nothing.

A reply states scores in one of four ways, from the surest to the least sure: a JSON object; a
label and a number that is plainly a score (``Answer 1: 8/10``, ``the score of answer 1 is 8``); a
first or last line of two numbers; a label, a mark and a number (``A: 8``). The first three must
agree wherever they state the same score. The fourth counts only where they are silent, for
reasoning is full of labels and numbers. What is doubtful is not read: it can be asked for again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from lion_distill.discrimination.json_scores import json_claims

FIRST, SECOND = 0, 1
LOWEST, HIGHEST = 1.0, 10.0
INVALID = float("nan")
"""What is meant as a score and is none: out of range, a span, or on another scale."""

Claim = tuple[int, float]

_A, _B = "\x01", "\x02"  # stand for the labels of the two answers
_SIDES = {_A: FIRST, _B: SECOND}
_THOUGHTS = "</think>"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\u200b-\u200f\u2060\ufeff]")
_MARKUP = str.maketrans({"*": "", "`": "", '"': "", "“": "", "”": "", "_": " ", "\t": " "})
_QUOTE = re.compile(r"(?<![A-Za-z0-9])'|'(?![A-Za-z])")

_NOUN = (
    r"(?:(?:ai\s+)?(?:assistant|answer|response|model|candidate|reply|output|system|chatbot)"
    r"|回答|答案|回复|助手|模型)"
)
_NAMED = re.compile(
    rf"(?<![A-Za-z]){_NOUN}\s*[#(\[]?\s*(?P<name>a|b|1|2|one|two)(?![A-Za-z0-9]|\.\d)[)\]]?", re.I
)
_ORDINAL = re.compile(
    rf"(?<![A-Za-z])(?:the\s+)?(?P<name>first|second)\s+{_NOUN}(?![A-Za-z])", re.I
)
_OF_SCORE = re.compile(r"(?i)(?<![A-Za-z])(score|rating)\s*(?P<name>a|b|1|2)(?=\s*[:=|])")
_VERB = r"gets?|scores?|receives?|deserves?|earns?|merits?"
_LETTER = re.compile(
    rf"(?<![A-Za-z0-9'’{_A}{_B}])(?P<name>[AB])(?=\s*[:=|(]|\s+[-–—]\s|\s+(?:{_VERB})\s)"
)
_FIRST_NAMES = {"a", "1", "one", "first"}
_NUMBERED = re.compile(r"1|2|one|two|first|second", re.I)

_SCORE_WORD = r"(?:score|rating|grade|mark)s?"
_NUMBER = r"(?P<number>[-−+]?\d+(?:\.\d+|,\d{1,2}(?!\d))?)(?!\d)"
_LINK = (
    rf"(?:'s|’s|的|是|评分|得分|分数|[:=|(\[]|->|→|[-–—](?=\s)"
    rf"|\b(?:final|overall|total|is|was|would|be|an?|of|{_VERB}|{_SCORE_WORD})\b)"
)
_GIVEN = rf"\b(?:(?:give|rate|award|assign)s?|{_SCORE_WORD}\s*(?:for|of|to|[:=-])?)(?:\s+the)?\s*"
_CLAIM = re.compile(
    rf"(?P<given>{_GIVEN})?(?P<label>[{_A}{_B}])(?P<links>(?:\s*{_LINK})*)\s*{_NUMBER}", re.I
)
_PLAINLY = re.compile(rf"评分|得分|分数|\b(?:{_VERB}|{_SCORE_WORD})\b", re.I)
_BEING = re.compile(r"\b(?:is|was|would|be)\b", re.I)
_MARK = re.compile(r"[:=|(\[→>–—-]")
_UNLABELLED = re.compile(
    rf"[\W]*(?:(?:final|overall|total)\s+)?(?:{_SCORE_WORD}|评分|得分)\s*[:=|-]?\s*{_NUMBER}", re.I
)
_HEADING = re.compile(rf"[^\w{_A}{_B}]*(?:\d+[.)]\s*)?(?P<label>[{_A}{_B}])\W*$")
_SCALE = re.compile(
    r"\s*\(?\s*(?:/|\bout\s+of\b|\bof\b|\bover\b)\s*(?P<scale>\d+(?:[.,]\d+)?)|\s*分"
)
_SPAN = re.compile(r"\s*(?:[-–—~]|\bto\b)\s*\d")
_ASPECT = re.compile(r"\s*\)?\s*(?:for|on|in)\b", re.I)
_END = re.compile(
    rf"(?:\s*points?\b)?(?:\s*[)\]}}|]*\s*(?:$|[;|(}}{_A}{_B}]|,(?!\s*\d)|\.\s*(?:$|[{_A}{_B}])"
    r"|[-–—]\s|(?:and|while|but|vs|versus|whereas)\b))",
    re.I,
)
_BULLET = re.compile(r"^[-#>•]+\s+")
_STOP = re.compile(r"\.(?!\d)")
_PART = r"(\d+(?:\.\d+)?)(?:\s*/\s*(\d+))?"
_PAIR = re.compile(
    rf"(?:{_SCORE_WORD}\s*[:=]?\s*)?{_PART}(?:\s*[;|&]\s*|,\s+|\s+and\s+|\s+){_PART}", re.I
)


def read_scores(text: str, *, terse: bool = False) -> tuple[float, float] | None:
    """The scores of the first and the second answer (A and B, or 1 and 2), each from 1 to 10.

    Args:
        text: What the referee said. Any text will do.
        terse: It was asked for scores and nothing else, so ``answer 1 is 8`` is one, too. In
            reasoning that may be about the task.

    Returns:
        ``None`` if a score is missing, out of range, or stated twice with different values.
    """
    text = _CONTROL.sub("", _ascii_marks(text)).rpartition(_THOUGHTS)[2]
    sure: tuple[set[float], set[float]] = (set(), set())
    likely: tuple[set[float], set[float]] = (set(), set())
    for side, value in json_claims(text):
        sure[side].add(value)
    lines = [line for raw in text.splitlines() if (line := _plain(raw))]
    for side, value in _pair_claims(lines):
        sure[side].add(value)
    for plainly, (side, value) in _labelled_claims(lines, terse):
        (sure if plainly else likely)[side].add(value)
    first, second = (_one(sure[side] or likely[side]) for side in (FIRST, SECOND))
    return None if first is None or second is None else (first, second)


def _one(values: set[float]) -> float | None:
    value = next(iter(values)) if len(values) == 1 else INVALID
    return value if LOWEST <= value <= HIGHEST else None


def _ascii_marks(text: str) -> str:
    """Full-width letters, digits and marks as ASCII, and the digits of every script."""

    def plain(char: str) -> str:
        if "\uff01" <= char <= "\uff5e":
            return chr(ord(char) - 0xFEE0)
        return str(unicodedata.decimal(char)) if char.isdecimal() else char

    text = text if text.isascii() else "".join(map(plain, text))
    return re.sub(r"(?<=\d)\s?½", ".5", text)


def _plain(line: str) -> str:
    return " ".join(_QUOTE.sub("", line.translate(_MARKUP)).split())


def _pair_claims(lines: list[str]) -> Iterator[Claim]:
    """Of a first or last line that is two numbers and nothing else."""
    for line in {lines[0], lines[-1]} if lines else ():
        found = _PAIR.fullmatch(_BULLET.sub("", line).strip(" |()[]."))
        if found:
            yield FIRST, _on_scale(found[1], found[2])
            yield SECOND, _on_scale(found[3], found[4])


def _labelled_claims(lines: list[str], terse: bool) -> Iterator[tuple[bool, Claim]]:
    """Claims of lines, and whether they plainly are about scores."""
    numbered = any(
        _NUMBERED.fullmatch(found["name"])
        for line in lines
        for pattern in (_NAMED, _ORDINAL, _OF_SCORE)
        for found in pattern.finditer(line)
    )
    under: int | None = None
    for line in lines:
        marked = _OF_SCORE.sub(lambda found: f"{found[1]} {_label(found)}", line)
        marked = _ORDINAL.sub(_label, _NAMED.sub(_label, marked))
        # A letter by itself may be a grade, where the answers have numbers.
        marked = marked if numbered else _LETTER.sub(_label, marked)
        if heading := _HEADING.match(marked):
            under = _SIDES[heading["label"]]
        elif under is not None and not {_A, _B} & set(marked):
            found = _UNLABELLED.match(marked)
            if found and (value := _value(found, marked, plainly=True)[1]) is not None:
                yield True, (under, value)
        for found in _CLAIM.finditer(marked):
            worded = bool(found["given"] or _PLAINLY.search(found["links"]))
            scaled, value = _value(found, marked, plainly=worded)
            if value is not None and (worded or scaled or _points(found["links"], terse)):
                yield worded or scaled, (_SIDES[found["label"]], value)


def _label(found: re.Match[str]) -> str:
    return _A if found["name"].casefold() in _FIRST_NAMES else _B


def _points(links: str, terse: bool) -> bool:
    """Whether a mark leads from a label to its number, or a verb where nothing else is said."""
    verb = _BEING.search(links)
    return terse if verb else bool(_MARK.search(links))


def _value(found: re.Match[str], line: str, *, plainly: bool) -> tuple[bool, float | None]:
    """Whether a number is on a scale, and the score it is; ``None`` if it is something else."""
    rest = line[found.end() :]
    if _SPAN.match(rest):
        return False, INVALID
    if scale := _SCALE.match(rest):
        if _ASPECT.match(rest[scale.end() :]):
            return True, None
        value = _on_scale(found["number"], scale["scale"])
        return value == value, value  # '3 of 5 steps' is no score on another scale
    # A bracket that nothing opened makes it the number of a list.
    listed = re.match(r"\s*[)\]]", rest) and not re.search(r"[(\[]", line[: found.end()])
    if listed or not (_END.match(rest) or (plainly and _STOP.match(rest))):
        return False, None
    return False, _on_scale(found["number"], None)


def _on_scale(number: str, scale: str | None) -> float:
    if scale is not None and float(scale.replace(",", ".")) != HIGHEST:
        return INVALID
    return float(number.replace("−", "-").replace(",", "."))
