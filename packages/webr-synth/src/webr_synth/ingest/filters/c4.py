"""C4's rules (Raffel et al., 2020, section 2.2).

As published, they keep only lines that end a sentence, and no page with a brace. For training data
that is to contain headings, lists, formulas and code, this is too much (FineWeb too left the first
out), so by default lines are dropped only if they are notices about scripts, cookies or terms, or
hold a word of over a thousand characters. ``strict`` follows the paper to the letter.
"""

from __future__ import annotations

import re

from webr_synth.ingest.filters.draft import Draft, Filter
from webr_synth.ingest.settings import IngestSettings

FEWEST_SENTENCES = 5
FEWEST_WORDS_IN_LINE = 3
LONGEST_WORD = 1000
_END_MARKS = (".", "!", "?", '"', "”")
_SENTENCE = re.compile(r"(?<![.!?])[.!?]++[\"'”’)\]]*+(?=\s|$)|[。！？؟।۔]+")
_POLICY = (
    "terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies",
    "use cookies",
)  # fmt: skip
_SCRIPT_NOTICE = re.compile(
    r"javascript.{0,80}\b(?:enabled?|disabled?|turned|required|browser|activate)\b"
    r"|\b(?:enable|disabled?|requires?|activate|turn on)\b.{0,80}javascript"
)
_LONGEST_NOTICE = 300


def make(settings: IngestSettings) -> Filter:
    """The filter."""
    strict = settings.strict_c4

    def check(draft: Draft) -> str | None:
        lowered = draft.text.lower()
        if "lorem ipsum" in lowered:
            return "lorem ipsum"
        if strict and "{" in draft.text:
            return "braces"
        if strict or _suspect(draft, lowered):
            keeps = _keeps_strictly if strict else _keeps
            draft.rewrite("\n".join(filter(keeps, draft.text.split("\n"))).strip())
        return None if _sentences(draft.text) >= FEWEST_SENTENCES else "few sentences"

    return check


def _suspect(draft: Draft, lowered: str) -> bool:
    """Whether any line can fall under a rule; most texts have none."""
    return (
        "javascript" in lowered
        or any(phrase in lowered for phrase in _POLICY)
        or len(max(draft.words, key=len, default="")) > LONGEST_WORD
    )


def _keeps(line: str) -> bool:
    if not _has_short_words(line):
        return False
    if len(line) > _LONGEST_NOTICE:
        return True
    lowered = line.lower()
    return not (_SCRIPT_NOTICE.search(lowered) or any(phrase in lowered for phrase in _POLICY))


def _keeps_strictly(line: str) -> bool:
    if not line:
        return True
    lowered = line.lower()
    return (
        line.endswith(_END_MARKS)
        and not line.endswith("...")
        and len(line.split()) >= FEWEST_WORDS_IN_LINE
        and "javascript" not in lowered
        and not any(phrase in lowered for phrase in _POLICY)
        and _has_short_words(line)
    )


def _has_short_words(line: str) -> bool:
    """Scripts without spaces have no words to measure; their lines are as long as they like."""
    return (
        len(line) <= LONGEST_WORD
        or not line.isascii()
        or len(max(line.split(), key=len, default="")) <= LONGEST_WORD
    )


def _sentences(text: str) -> int:
    count = 0
    for _ in _SENTENCE.finditer(text):
        count += 1
        if count == FEWEST_SENTENCES:
            break
    return count
