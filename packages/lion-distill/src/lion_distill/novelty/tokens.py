"""Tokens: the words that ROUGE compares, and as what sequences of them are compared fast.

A token becomes one character of a made-up alphabet, a text a string over it. Then the search for
the longest common subsequence, which is written for characters, works on words.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from truing_core.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Sequenced = str | tuple[int, ...]

_ROUGE = re.compile(r"[a-z0-9]+")
_SURROGATES = range(0xD800, 0xE000)
# Scripts that put no space between words: Thai, Lao, Myanmar, Khmer, kana, Han.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
_UNKNOWN = "\0"


def rouge_tokens(text: str) -> list[str]:
    """The tokens of the package ``rouge_score`` without its stemmer: runs of a-z and 0-9.

    Letters of other scripts separate tokens as a space does, so a Chinese or Russian text has
    none, its ROUGE is 0 against every other, and it counts as new; see :func:`unicode_tokens`.
    """
    return _ROUGE.findall(text.lower())


def unicode_tokens(text: str) -> list[str]:
    """Words of any script, without regard to case and width.

    In scripts that put no space between words (Chinese, Japanese, Thai, ...) each character is a
    token. A text in ASCII has the same tokens as with :func:`rouge_tokens`.
    """
    if text.isascii():
        return rouge_tokens(text)
    return _words().findall(unicodedata.normalize("NFKC", text).casefold())


TOKENIZERS: dict[str, Callable[[str], list[str]]] = {
    "rouge": rouge_tokens,
    "unicode": unicode_tokens,
}


def tokenizer_named(name: str) -> Callable[[str], list[str]]:
    """One of :data:`TOKENIZERS`.

    Raises:
        UsageError: There is none of that name.
    """
    if name not in TOKENIZERS:
        raise UsageError(f"the tokenizer is '{name}'; expected {' or '.join(TOKENIZERS)}")
    return TOKENIZERS[name]


class Alphabet:
    """Gives each word a character of its own, in the order in which words are met.

    There are 1,112,063 characters; a text with a word that is met after those are used up becomes
    a tuple of numbers, which compares with strings as if they were characters, but slower.

    Args:
        tokenizer: Cuts a text into words.
        first: The first character's number.
    """

    def __init__(self, tokenizer: Callable[[str], list[str]], first: int = 1) -> None:
        self._tokens = tokenizer
        self._characters: dict[str, str | int] = {}
        self._next = first

    def __len__(self) -> int:
        """Words met."""
        return len(self._characters)

    def learn(self, text: str) -> Sequenced:
        """A text as a sequence; words that are new get a character."""
        known = self._characters
        words = self._tokens(text)
        for word in words:
            if word not in known:
                known[word] = self._new()
        return _joined([known[word] for word in words])

    def look_up(self, text: str) -> Sequenced:
        """The same without learning: all unknown words get one that no learned text has."""
        known = self._characters
        return _joined([known.get(word, _UNKNOWN) for word in self._tokens(text)])

    def _new(self) -> str | int:
        if self._next in _SURROGATES:
            self._next = _SURROGATES.stop
        number = self._next
        self._next += 1
        return chr(number) if number <= sys.maxunicode else number


def numbers(texts: Sequence[Sequenced]) -> NDArray[np.int64]:
    """The characters' numbers of all texts, one after the other."""
    if all(isinstance(text, str) for text in texts):
        joined = "".join(texts)  # type: ignore[arg-type]
        return np.frombuffer(joined.encode("utf-32-le"), np.uint32).astype(np.int64)
    parts = [numbers([text]) if isinstance(text, str) else text for text in texts]
    return np.concatenate([np.asarray(part, np.int64) for part in parts])


def _joined(characters: list[str | int]) -> Sequenced:
    try:
        return "".join(characters)  # type: ignore[arg-type]
    except TypeError:  # one beyond the last character
        return tuple(ord(each) if isinstance(each, str) else each for each in characters)


@cache
def _words() -> re.Pattern[str]:
    # Python's \w leaves out the vowel signs of Indic scripts, which would cut their words.
    codes = range(sys.maxunicode + 1)
    marks = (code for code in codes if unicodedata.category(chr(code))[0] == "M")
    runs = (
        [code for _, code in run]
        for _, run in groupby(enumerate(marks), lambda pair: pair[1] - pair[0])
    )
    mark = f"[{''.join(f'{chr(run[0])}-{chr(run[-1])}' for run in runs)}]*"
    return re.compile(rf"[{_UNSPACED}]{mark}|(?:(?![{_UNSPACED}])[^\W_]{mark})+")
