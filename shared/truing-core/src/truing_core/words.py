"""Words of texts in any script, for counting and comparing."""

from __future__ import annotations

import re
from functools import lru_cache

_WIDE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
# Scripts without spaces go by characters.
_WORD = re.compile(rf"[{_WIDE}]|[^\W{_WIDE}]+(?:['’-][^\W{_WIDE}]+)*")
_NARROW_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_WIDE_CHARACTER = re.compile(f"[{_WIDE}]")
_WIDE_SHARE = 0.25


@lru_cache(32)  # what is compared comes close together
def words(text: str) -> tuple[str, ...]:
    """The words of a text in lower case; in Chinese, Japanese and Korean, characters."""
    pattern = _WORD if _WIDE_CHARACTER.search(text) else _NARROW_WORD
    return tuple(pattern.findall(text.lower()))


def word_count(text: str) -> int:
    """Words of a text; in Chinese, Japanese and Korean, characters."""
    return len(words(text))


def run_length(text: str, size: int) -> int:
    """How many words make a run: twice as many where words are characters."""
    start = text[:1000]
    wide = len(_WIDE_CHARACTER.findall(start))
    return 2 * size if wide > _WIDE_SHARE * len(start) else size
