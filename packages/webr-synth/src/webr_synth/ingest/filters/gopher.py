"""Gopher's rules for quality (Rae et al., 2021, appendix A1.1).

They were made for English prose: the stop words count only where the language is English or not
known, and words only where spaces part them.
"""

from __future__ import annotations

import re

from webr_synth.ingest.filters.draft import Draft, Filter
from webr_synth.ingest.settings import IngestSettings

FEWEST_WORDS, MOST_WORDS = 50, 100_000
SHORTEST_MEAN, LONGEST_MEAN = 3.0, 10.0
MOST_SYMBOLS = 0.1
MOST_BULLETS = 0.9
MOST_ELLIPSES = 0.3
FEWEST_WITH_LETTERS = 0.8
STOP_WORDS = frozenset(("the", "be", "to", "of", "and", "that", "have", "with"))
FEWEST_STOP_WORDS = 2
_BULLETS = ("•", "‣", "▪", "●", "◦", "*", "-", "–")
_ELLIPSES = ("...", "…")
_LETTER = re.compile(r"[^\W\d_]")


def make(settings: IngestSettings) -> Filter:
    """The filter."""
    return check


def check(draft: Draft) -> str | None:
    """The first rule that the text breaks."""
    text = draft.text
    lines = [line for line in text.split("\n") if line] or [""]
    bullets = sum(line.lstrip().startswith(_BULLETS) for line in lines)
    if bullets > MOST_BULLETS * len(lines):
        return "bullets"
    if sum(line.endswith(_ELLIPSES) for line in lines) > MOST_ELLIPSES * len(lines):
        return "lines ending in ellipses"
    return None if draft.unspaced else _words_rule(draft)


def _words_rule(draft: Draft) -> str | None:
    text, words = draft.text, draft.words
    count = len(words)
    if count < FEWEST_WORDS:
        return "few words"
    if count > MOST_WORDS:
        return "many words"
    mean = sum(map(len, words)) / count
    if not SHORTEST_MEAN <= mean <= LONGEST_MEAN:
        return "mean word length"
    if text.count("#") > MOST_SYMBOLS * count:
        return "hash signs"
    if text.count("...") + text.count("…") > MOST_SYMBOLS * count:
        return "ellipses"
    mixed = [word for word in words if not word.isalpha()]
    if sum(not _LETTER.search(word) for word in mixed) > (1 - FEWEST_WITH_LETTERS) * count:
        return "words without letters"
    if draft.language in ("en", None) and _stop_words(words) < FEWEST_STOP_WORDS:
        return "few stop words"
    return None


def _stop_words(words: list[str]) -> int:
    """How many different stop words occur; most texts show enough of them at once."""
    found = STOP_WORDS.intersection(words[:200])
    if len(found) < FEWEST_STOP_WORDS:
        found = STOP_WORDS.intersection(map(str.lower, words))
    return len(found)
