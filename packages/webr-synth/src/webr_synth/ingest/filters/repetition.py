"""Gopher's rules against repetition (Rae et al., 2021, table A1).

Most texts are far from every limit, and bounds that cost little show it: the most frequent n-gram
occurs at most as often as the most frequent pair of words, and whatever is repeated of longer
n-grams lies in repeated 5-grams. Only where a bound does not settle it is anything counted exactly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from webr_synth.ingest.filters.draft import Draft, Filter
from webr_synth.ingest.settings import IngestSettings

MOST_LINES, MOST_LINE_CHARS = 0.30, 0.20
TOP_NGRAM_CHARS = {2: 0.20, 3: 0.18, 4: 0.16}
REPEATED_NGRAM_CHARS = {5: 0.15, 6: 0.14, 7: 0.13, 8: 0.12, 9: 0.11, 10: 0.10}
_LONGEST = 100_000
_FACTOR = 0x9E3779B97F4A7C15  # odd, with its bits well spread


def make(settings: IngestSettings) -> Filter:
    """The filter."""
    return check


def check(draft: Draft) -> str | None:
    """The first rule that the text breaks; units are lines, paragraphs, and words or characters."""
    text = draft.text
    for name, separator in (("paragraphs", "\n\n"), ("lines", "\n")):
        parts = [part for part in text.split(separator) if part]
        if len(parts) > 1 and (broken := _repeats(parts, name, len(text))):
            return broken
    # Words of scripts without spaces are not known; their characters repeat far more by nature.
    words = [] if draft.unspaced else draft.words[:_LONGEST]
    if len(words) < 2:
        return None
    lengths = sorted(map(len, words), reverse=True)
    highest, repeated = _bounds(words)
    return _top_rule(words, lengths, highest) or _repetition_rule(words, sum(lengths), repeated)


def _bounds(words: list[str]) -> tuple[int, int]:
    """How often the most frequent pair of words occurs, and the characters in repeated 5-grams.

    Both by hashes of words and n-grams. What is repeated of longer n-grams lies in repeated
    5-grams; only texts that come near a limit are counted word by word.
    """
    import numpy as np

    hashes = np.fromiter(map(hash, words), np.int64, len(words)).view(np.uint64)
    factor = np.uint64(_FACTOR)
    pairs = hashes[:-1] * factor + hashes[1:]
    pairs.sort()
    edges = np.flatnonzero(pairs[1:] != pairs[:-1])
    highest = int(np.diff(edges, prepend=-1, append=len(pairs) - 1).max())
    n = min(REPEATED_NGRAM_CHARS)
    if len(words) < n:
        return highest, 0
    count = len(words) - n + 1
    grams = hashes[:count].copy()
    for shift in range(1, n):
        grams = grams * factor + hashes[shift : shift + count]
    order = np.argsort(grams, kind="stable")
    ordered = grams[order]
    again = order[1:][ordered[1:] == ordered[:-1]]
    if not len(again):
        return highest, 0
    covered = np.zeros(len(words), bool)
    for shift in range(n):
        covered[again + shift] = True
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    return highest, int(lengths[covered].sum())


def _top_rule(words: list[str], lengths: list[int], highest: int) -> str | None:
    """The n-gram that occurs most often takes up too much."""
    chars = sum(lengths)
    for n, most in TOP_NGRAM_CHARS.items():
        bound = highest * sum(lengths[:n]) if highest > 1 else 0
        if bound > most * chars and _top(words, n) > most * chars:
            return f"top {n}-gram"
    return None


def _repetition_rule(words: list[str], chars: int, repeated: int) -> str | None:
    """N-grams that stood before take up too much."""
    for n, most in REPEATED_NGRAM_CHARS.items():
        if repeated > most * chars and _repeated(words, n) > most * chars:
            return f"repeated {n}-grams"
    return None


def _repeats(parts: list[str], name: str, chars: int) -> str | None:
    counts = Counter(parts)
    if len(counts) == len(parts):
        return None
    if len(parts) - len(counts) > MOST_LINES * len(parts):
        return f"repeated {name}"
    again = sum(len(part) * (count - 1) for part, count in counts.items())
    return f"repeated {name}" if again > MOST_LINE_CHARS * chars else None


def _ngrams(words: Sequence[str], n: int) -> list[tuple[str, ...]]:
    return list(zip(*(words[first:] for first in range(n)), strict=False))


def _top(words: list[str], n: int) -> int:
    """Characters in all occurrences of the n-gram that is most frequent, if any occurs twice."""
    grams = pairwise(words) if n == 2 else _ngrams(words, n)
    counts = Counter(grams)
    if not counts:
        return 0
    highest = max(counts.values())
    if highest < 2:
        return 0
    return highest * max(sum(map(len, gram)) for gram, count in counts.items() if count == highest)


def _repeated(words: list[str], n: int) -> int:
    """Characters of words in n-grams that stood before, none counted twice."""
    seen: set[tuple[str, ...]] = set()
    covered = chars = 0
    for start, gram in enumerate(_ngrams(words, n)):
        if gram in seen:
            first = max(start, covered)
            chars += sum(map(len, words[first : start + n]))
            covered = start + n
        else:
            seen.add(gram)
    return chars
