"""Words of texts in any script, for counting and comparing."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

_WIDE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
_WIDE_CHARACTER = re.compile(f"[{_WIDE}]")
_WIDE_SHARE = 0.25


@lru_cache(32)  # what is compared comes close together
def words(text: str) -> tuple[str, ...]:
    """The words of a text in lower case; in Chinese, Japanese and Korean, characters."""
    return tuple(_word(bool(_WIDE_CHARACTER.search(text))).findall(text.lower()))


@cache
def _word(wide: bool) -> re.Pattern[str]:
    """What a word is; scripts without spaces go by characters."""
    # Vowels of Indic scripts and of Thai are marks, which \w leaves out; joiners are no letters.
    marks = "".join(
        chr(code)
        for code in range(0x300, 0x10000)
        if unicodedata.category(chr(code)) in ("Mn", "Mc") and not _WIDE_CHARACTER.match(chr(code))
    )
    letter = f"[^\\W{_WIDE}]" if wide else r"\w"
    run = f"{letter}+(?:[{marks}\u200c\u200d]+{letter}*)*"
    return re.compile((f"[{_WIDE}]|" if wide else "") + f"{run}(?:['’-]{run})*")


def word_count(text: str) -> int:
    """Words of a text; in Chinese, Japanese and Korean, characters."""
    return len(words(text))


def run_length(text: str, size: int) -> int:
    """How many words make a run: twice as many where words are characters."""
    start = text[:1000]
    wide = len(_WIDE_CHARACTER.findall(start))
    return 2 * size if wide > _WIDE_SHARE * len(start) else size
