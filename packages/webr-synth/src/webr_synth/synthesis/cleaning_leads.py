"""What models say before a text: announcements, agreement, labels."""

from __future__ import annotations

import re

from webr_synth.synthesis import cleaning_words as wording
from webr_synth.synthesis.cleaning_peel import Peel

_MOST_WORDS = 45
_LONGEST_LABEL = 80

_MARKS = re.compile(r"[\s#>*_¡]*")
_TURN = re.compile(r"[!！:：。.,，、;；—–\s-]+")
_COLON = re.compile(r"[*_]{0,3}[^\S\n]?[:：][*_]{0,3}")
_BLOCKS = ("#", "```", "~~~", "---", "***", ">", '"', "“", "„", "«", "»", "‘", "'", "「", "『", "‹")


def announcement(peel: Peel) -> bool:
    """``Sure! Here is the text:``, and what else is said before a text is handed over."""
    line, end = peel.line()
    bare = _MARKS.match(line)
    said = line[bare.end() if bare else 0 :].rstrip(" \t*_")
    agrees = wording.AGREEING.match(said)
    if not agrees and not wording.ANNOUNCING.match(said):
        return False
    alone = end < peel.end and (peel.kind.prose or bool(agrees) or _begins_block(peel, end))
    if alone and len(said.split()) <= _MOST_WORDS and _announces(said, bool(agrees), peel):
        return peel.from_start(end)
    return _inline_announcement(peel, said, peel.start + (bare.end() if bare else 0))


def _announces(said: str, agrees: bool, peel: Peel) -> bool:
    """Whether a line of its own hands over what follows."""
    colon = said.endswith((":", "："))
    if agrees:
        rest = _after_agreement(said)
        told = wording.ANNOUNCING.match(rest) or peel.kind.called.search(rest)
        helps = wording.HELPING.search(rest) is not None
        if not rest or (colon and (helps or told or peel.kind.prose)):
            return True
        return helps and rest.endswith((".", "!", "。", "！"))
    if not colon or wording.OWN.match(said):
        return False
    return peel.kind.called.search(said) is not None


def _after_agreement(said: str) -> str:
    agrees = wording.AGREEING.match(said)
    return _TURN.sub("", said[agrees.end() :], count=1).strip() if agrees else said


def _begins_block(peel: Peel, end: int) -> bool:
    """Whether what follows a line cannot be the same paragraph."""
    following = peel.text[end + 1 : min(peel.end, end + 80)]
    if not following.partition("\n")[0].strip():
        return True
    return following.lstrip().startswith(_BLOCKS)


def _inline_announcement(peel: Peel, said: str, place: int) -> bool:
    """``Sure! Write …`` and ``Here is the request: Write …``, on one line with the text."""
    agrees = wording.AGREEING.match(said)
    handed = _after_agreement(said)
    colon = min((at for mark in ":：" if (at := handed.find(mark)) > 0), default=-1)
    lead = handed[:colon] if colon > 0 else ""
    hands_over = (
        len(lead.split()) <= 20
        and wording.ANNOUNCING.match(lead) is not None
        and not wording.OWN.match(lead)
        and peel.kind.called.search(lead) is not None
    )
    if hands_over and (peel.kind.prose or agrees) and handed[colon + 1 :].strip(" *_"):
        return peel.from_start(place + len(said) - len(handed) + colon + 1)
    exclaims = agrees is not None and said[agrees.end() :].lstrip()[:1] in ("!", "！")
    if peel.kind.prose and exclaims and handed:
        return peel.from_start(place + len(said) - len(handed))
    return False


def label(peel: Peel) -> bool:
    """``**Request:** …``, ``## Response``, unless other labels follow further down."""
    line, end = peel.line()
    colon = _COLON.search(line[:_LONGEST_LABEL])
    name = line[: colon.start()] if colon else line
    if not peel.kind.labels.fullmatch(name.strip("*_#\t ")):
        return False
    marked = name.lstrip().startswith(("*", "#", "_"))
    alone = not colon or not line[colon.end() :].strip("*_ \t")
    # "Response: …" on its line may be how a text speaks; bold or alone it is a label.
    if not (marked if colon is None else marked or alone or peel.kind.prose):
        return False
    if peel.kind.prose and peel.labelled_after(end):
        return False
    if colon is None or alone:
        return end < peel.end and peel.from_start(end)
    return peel.from_start(peel.start + colon.end())
