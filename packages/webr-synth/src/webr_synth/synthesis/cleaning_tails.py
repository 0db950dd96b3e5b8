"""What stands behind a text: offers of more, counts of words, rules; and rules before it."""

from __future__ import annotations

import re

from webr_synth.synthesis import cleaning_words as wording
from webr_synth.synthesis.cleaning_peel import LONGEST_LINE, NON_SPACE, Peel

# A rule with text right below begins front matter.
_RULE = re.compile(r"[^\S\n]*(?:-{3,}|\*{3,}|_{3,}|={3,})[^\S\n]*\n(?=[^\S\n]*\n)")
_NUMBER, _CHARACTERS = re.compile(r"[0-9]{1,6}"), re.compile("[字語]")
_ENDED = re.compile(r"[.!?。！？…][\"'”’»」』）)*_]*\s*$")
_LONGEST_COUNTED, _MISCOUNTED = 8000, 0.2
_RULE_LINE = re.compile(r"\s*(?:-{3,}|\*{3,}|_{3,}|={3,})\s*")


def rule_before(peel: Peel) -> bool:
    """A rule between an announcement and the text."""
    rule = _RULE.match(peel.text, peel.start, peel.end) if peel.announced else None
    return rule is not None and peel.from_start(rule.end())


def _last_line(peel: Peel) -> tuple[str, int]:
    """The last line where it is a paragraph of its own, and where what is before it ends."""
    text = peel.text
    begin = text.rfind("\n", max(peel.start, peel.end - LONGEST_LINE), peel.end)
    if begin < 0:
        return "", peel.end
    before = text.rfind("\n", peel.start, begin)
    if before < 0 or text[before:begin].strip():
        return "", peel.end
    return text[begin + 1 : peel.end], begin


def offer(peel: Peel) -> bool:
    """``Let me know if you need anything else!`` as a last paragraph."""
    line, begin = _last_line(peel)
    said = line.strip(" \t*_()[]")
    if not said or not wording.OFFERING.match(said):
        return False
    rule = _RULE.match(peel.text, peel.start, peel.end) if peel.announced else None
    found = NON_SPACE.search(peel.text, rule.end() if rule else peel.start, peel.end)
    if found and wording.LETTER.match(peel.text, found.start(), peel.end):
        return False
    return peel.from_end(begin)


def count(peel: Peel) -> bool:
    """``(48 words)`` at the end; behind the text, only where it has about as many.

    Otherwise it is what the request demands: ``Sum it up for patients (about 120 words)``.
    """
    line, begin = _last_line(peel)
    if line and wording.COUNTED.fullmatch(line.strip()):
        return peel.from_end(begin)
    if not peel.kind.prose or peel.text[peel.end - 1 : peel.end] not in (")", "]", "）"):
        return False
    place = max(peel.text.rfind(mark, max(peel.start, peel.end - 40), peel.end) for mark in "([（")
    if place <= peel.start or place - peel.start > _LONGEST_COUNTED:
        return False
    if not wording.COUNTED.fullmatch(peel.text, place, peel.end):
        return False
    return _counts(peel.text[place : peel.end], peel.text[peel.start : place]) and peel.from_end(
        place
    )


def _counts(said: str, text: str) -> bool:
    """Whether a count is that of the whole sentences before it."""
    number = _NUMBER.search(said)
    if number is None or wording.ABOUT.search(said) or not _ENDED.search(text):
        return False
    own = sum(map(str.isalnum, text)) if _CHARACTERS.search(said) else len(text.split())
    return abs(int(number.group()) - own) <= max(1, _MISCOUNTED * own)


def rule_behind(peel: Peel) -> bool:
    """A rule between the text and what was taken off its end."""
    if not peel.closed:
        return False
    begin = peel.text.rfind("\n", max(peel.start, peel.end - 100), peel.end)
    rule = begin >= 0 and _RULE_LINE.fullmatch(peel.text, begin + 1, peel.end)
    return bool(rule) and peel.from_end(begin)
