"""KnowEdit's metrics of one answer (arXiv 2401.01286, section 3.3)."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

_WORD = re.compile(r"\w+|[^\w\s]")
# Weights of bi- and trigrams, as in ROME and all that came after it.
_NGRAMS = {2: 2 / 3, 3: 4 / 3}
_ARTICLES = {"a", "an", "the"}


def token_accuracy(predicted: Sequence[int], target: Sequence[int]) -> float:
    """Share of target tokens that are predicted; 0 where there is no target."""
    if not target:
        return 0.0
    return sum(mine == right for mine, right in zip(predicted, target, strict=True)) / len(target)


def agreement(before: Sequence[int], after: Sequence[int]) -> float:
    """Share of positions with the same prediction before and after; 1 where there are none."""
    if not before:
        return 1.0
    return sum(one == two for one, two in zip(before, after, strict=True)) / len(before)


def fluency(text: str) -> float:
    """Entropy of bi- and trigrams in bits, weighted 2/3 and 4/3, and averaged.

    The more a text repeats itself, the lower. Words are runs of letters and digits, and single
    other signs.
    """
    words = _WORD.findall(text)
    total = 0.0
    for size, weight in _NGRAMS.items():
        counts = Counter(zip(*(words[start:] for start in range(size)), strict=False))
        number = sum(counts.values())
        entropy = -sum(n / number * math.log2(n / number) for n in counts.values())
        total += weight * entropy
    return total / len(_NGRAMS)


def plain(text: str) -> str:
    """Text for comparing answers: case, accents, articles and punctuation do not count."""
    # Fancy letters become plain ones first, so that their case can be folded, too.
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    words = re.findall(r"\w+", "".join(c for c in letters if not unicodedata.combining(c)))
    return " ".join(word for word in words if word not in _ARTICLES) or " ".join(words)


def exact_match(text: str, answers: Sequence[str]) -> bool:
    """Whether the text is one of the answers."""
    return plain(text) in {plain(answer) for answer in answers}


def contains_answer(text: str, answers: Sequence[str]) -> bool:
    """Whether one of the answers stands in the text, as whole words."""
    said = f" {plain(text)} "
    return any(f" {wanted} " in said for wanted in map(plain, answers) if wanted)
