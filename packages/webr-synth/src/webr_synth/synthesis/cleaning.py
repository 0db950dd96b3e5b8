"""What a model says, without what it wraps around it: leads, labels, quotes, fences, offers.

A wrapper is taken off only where it is one: it stands at an edge, its wording is that of an
assistant who hands something over, and a text remains. What remains is a slice of what was said,
byte for byte. Cleaning goes on until nothing more comes off, so that a second time changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from webr_synth.synthesis import cleaning_words as wording
from webr_synth.synthesis.cleaning_leads import announcement, label
from webr_synth.synthesis.cleaning_peel import NON_SPACE, THOUGHT, Kind, Peel, holds_text
from webr_synth.synthesis.cleaning_tails import count, offer, rule_before, rule_behind

_QUOTED_ANSWER = 30
_MOST_FENCES = 5

_BLANK_LINES = re.compile(r"(?:[^\S\n]*\n)+")
_FEW_SPACES = re.compile(r"[ \u3000\ufeff\u200b]{1,3}(?=[^\s\u200b\ufeff])")
_FENCE = re.compile(r"(`{3,}|~{3,})[^\S\n]*([\w+-]*)[^\S\n]*\n")
_FENCE_LINE = re.compile(r"(?:^|(?<=\n)) {0,3}(`{3,}|~{3,})[^\S\n]*([^\n`]*)(?=\n|$)")
_MARKDOWN, _PLAIN = ("markdown", "md"), ("", "text", "txt", "plaintext", "plain")
_QUOTES = {'"': '"', "“": "”", "„": "“”", "«": "»", "»": "«", "‘": "’", "'": "'", "「": "」",
           "『": "』", "‹": "›"}  # fmt: skip
_APOSTROPHES = {"'": re.compile(r"(?<!\w)'|'(?!\w)"), "‘": re.compile(r"‘|’(?!\w)")}
_SENTENCE_END = re.compile(r"""[.!?。！？…:]["'”’)*_]*\s*(?:\n|$)""")

_AUTHOR = Kind(wording.AUTHOR, wording.AUTHOR_LABELS, prose=True)
_REQUEST = Kind(wording.REQUEST, wording.REQUEST_LABELS, prose=True)
_RESPONSE = Kind(wording.MADE, wording.RESPONSE_LABELS, prose=False)


def clean_author(text: str) -> str:
    """An author's profile, without what the model wrapped around it; linear in its length."""
    return _clean(text, _AUTHOR)


def clean_request(text: str) -> str:
    """A request, without what the model wrapped around it; linear in its length."""
    return _clean(text, _REQUEST)


def clean_response(text: str) -> str:
    """A response, without what the model wrapped around it; linear in its length.

    Quotes around all of it are a wrapper where an announcement stood before them, or where they
    hold more than 30 words: a shorter quotation may be the answer. A fence around all of it is
    one if it is marked as Markdown, or holds prose; code keeps its fence. What begins with
    "Here is" in the midst of a paragraph is part of it.
    """
    return _clean(text, _RESPONSE)


def _clean(text: str, kind: Kind) -> str:
    peel = Peel(text, kind)
    while any(step(peel) for step in _STEPS):
        if peel.fences > _MOST_FENCES:  # no wrapping but a loop, which is left to the gates
            peel = Peel(text, kind)
            _blank_edges(peel)
            break
    return text[peel.start : peel.end]


def _blank_edges(peel: Peel) -> bool:
    text, start, end = peel.text, peel.start, peel.end
    if blank := _BLANK_LINES.match(text, start, end):
        start = blank.end()
    # Four spaces make code in Markdown; fewer are a tokenizer's.
    if spaces := _FEW_SPACES.match(text, start, end):
        start = spaces.end()
    if peel.kind.prose and (found := NON_SPACE.search(text, start, end)):
        start = found.start()
    while end > start and (text[end - 1].isspace() or text[end - 1] in "\u200b\ufeff"):
        end -= 1
    if end == start:
        start = end = peel.start
    moved = (start, end) != (peel.start, peel.end)
    peel.start, peel.end = start, end
    return moved


def _thought(peel: Peel) -> bool:
    if opening := THOUGHT.match(peel.text, peel.start, peel.end):
        tag = f"</{opening.group(1)}>"
        end = peel.text.find(tag, opening.end(), peel.end)
        # A thought is no text: nothing need remain.
        peel.start = peel.end if end < 0 else end + len(tag)
        return True
    end_of_thought = peel.end_of_thought()
    if end_of_thought is not None:
        peel.start = end_of_thought
        return True
    return False


def _fence(peel: Peel) -> bool:
    """One code fence around everything."""
    text = peel.text
    opening = _FENCE.match(text, peel.start, peel.end)
    if opening is None:
        return False
    mark, language = opening.group(1), opening.group(2).lower()
    if language not in (*_MARKDOWN, *_PLAIN):
        return False
    last = text.rfind("\n", opening.end() - 1, peel.end)
    if text[last + 1 : peel.end].strip() != mark or not _is_closed_last(
        text, opening.end(), last + 1, mark
    ):
        return False
    if not holds_text(text, opening.end(), last):
        return False
    # Without a word on its language it may be code, a tree or a table in a response.
    if (
        not peel.kind.prose
        and language in _PLAIN
        and not _is_prose(text[opening.end() : min(last, opening.end() + 4000)])
    ):
        return False
    peel.start, peel.end = opening.end(), last
    peel.fences += 1
    return True


def _is_closed_last(text: str, start: int, end: int, mark: str) -> bool:
    """Whether the fence that is open at ``start`` is not closed before ``end``."""
    depth = 1
    for line in _FENCE_LINE.finditer(text, start, end - 1 if end > start else end):
        inner, info = line.group(1), line.group(2).strip()
        if inner[0] != mark[0] or len(inner) < len(mark):
            continue
        depth += 1 if info else -1
        if depth == 0:
            return False
    return depth == 1


def _is_prose(text: str) -> bool:
    lines = [line for line in text.split("\n") if line.strip()]
    words = sum(len(line.split()) for line in lines)
    wide = sum("\u3040" <= letter <= "\u9fff" for letter in text)
    letters = sum(letter.isalpha() or letter.isspace() for letter in text)
    return (
        letters >= 0.8 * len(text)
        and words + wide >= 6 * len(lines)
        and _SENTENCE_END.search(text) is not None
    )


def _quotes(peel: Peel) -> bool:
    """One pair of quotes around everything."""
    text, start, end = peel.text, peel.start, peel.end
    closing = _QUOTES.get(text[start : start + 1], "")
    if end - start < 3 or text[end - 1] not in closing or not closing:
        return False
    opening = text[start]
    if opening in _APOSTROPHES:
        inner = _APOSTROPHES[opening].search(text, start + 1, end - 1) is not None
    else:
        inner = any(text.find(mark, start + 1, end - 1) >= 0 for mark in {opening, *closing})
    if inner or not holds_text(text, start + 1, end - 1):
        return False
    if not peel.kind.prose and not peel.announced:
        few = text[start:end].split(maxsplit=_QUOTED_ANSWER)
        if len(few) <= _QUOTED_ANSWER and end - start < 10 * _QUOTED_ANSWER:
            return False
    peel.start, peel.end = start + 1, end - 1
    return True


def _bold(peel: Peel) -> bool:
    """Emphasis around everything, of what is one paragraph of plain text."""
    text = peel.text
    if not peel.kind.prose or not text.startswith("**", peel.start, peel.end):
        return False
    inside = peel.start + 2, peel.end - 2
    if inside[1] <= inside[0] or not text.endswith("**", inside[0], peel.end):
        return False
    if text.find("*", *inside) >= 0 or not holds_text(text, *inside):
        return False
    peel.start, peel.end = inside
    return True


_STEPS: tuple[Callable[[Peel], bool], ...] = (
    _blank_edges, _thought, announcement, label, offer, count, rule_behind, rule_before,
    _fence, _quotes, _bold,
)  # fmt: skip
