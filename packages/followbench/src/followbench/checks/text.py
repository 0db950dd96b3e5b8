"""Words, lines and paragraphs as a person would count them, in English and Chinese.

Words:
    A run of letters and digits, held together by apostrophes, hyphens and underscores
    (``don't``, ``state-of-the-art``), by the marks inside numbers (``3.14``, ``1,000``,
    ``10:30``, ``12/31/2024``), abbreviations (``e.g.``, ``U.S.``) and addresses
    (``a@b.org``, ``https://…``). Each Chinese or Japanese character is a word of its own.
    Marks alone are none, nor are list numbers at the start of a line, fences and ``<br>``.
Lines:
    Those with more on them than white space and rules, fences or other bare markdown.
Paragraphs:
    Blocks between blank lines. A block that is only a heading or bare markdown is none.

Sentences have a module of their own. All functions take line breaks as ``\\n`` and pass over
a text once.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from itertools import groupby

import regex

CACHED = 8
"""Texts whose segmentation is remembered: the checks of one item look at one text."""

CJK = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}ー々〇"

_WORD = regex.compile(
    rf"""
    [{CJK}]
    | (?:https?://|www\.)[^\s<>"'`“”‘’（），。；！？、{CJK}]*+
    | [\p{{L}}\p{{Nd}}\p{{Nl}}--[{CJK}]][\p{{L}}\p{{M}}\p{{N}}--[{CJK}]]*+
      (?:
        (?: ['’ʼ\-‐‑\u00AD_@·\u200C\u200D]
          | \.(?=[\p{{Ll}}\p{{Nd}}])
          | (?<![\p{{L}}\p{{M}}\p{{N}}].)\.(?=\p{{L}})
          | (?<=\p{{Nd}}),(?=\p{{Nd}}{{3}}(?!\p{{Nd}}))
          | (?<=\p{{Nd}})[:/](?=\p{{Nd}})
          | (?<=\p{{Lu}})&(?=\p{{Lu}})
        )
        [\p{{L}}\p{{M}}\p{{N}}--[{CJK}]]++
      )*+
    """,
    regex.VERBOSE | regex.VERSION1,
)
_MARKUP = regex.compile(
    r"""
    ^[ \t]*+(?:`{3}|~{3})[^\n]*+$
    | ^[ \t>]*+(?:\*\*|__)?(?:
        \p{Nd}{1,3}(?:[.)](?=[ \t]*+\p{Han}|[ \t]++\S|\*|__)|[．）、](?=[ \t]*+\S))
        | [（(]\p{Nd}{1,3}[)）](?=[ \t]*+\S)
      )
    | <br[ \t]*+/?>
    """,
    regex.VERBOSE | regex.MULTILINE | regex.IGNORECASE,
)
_WORD_CHARACTER = regex.compile(r"[\p{L}\p{N}]")
_FENCE = regex.compile(r"[ \t]*(?:`{3,}|~{3,})[^`]*$")
_BARE = regex.compile(r"[\s\-*_=|:#>`~+]*+$")
_HEADING = regex.compile(r"\s{0,3}(?:#{1,6}[ \t]|(?P<bold>\*\*|__)(?=\S)(?P<text>.*)(?P=bold)\W?$)")
_QUOTES = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "\u00a0": " ", "‑": "-", "‐": "-"}
)


@lru_cache(CACHED)
def words(text: str) -> tuple[str, ...]:
    """The words of a text, in order."""
    return tuple(_WORD.findall(without_markup(text)))


@lru_cache(CACHED)
def without_markup(text: str) -> str:
    """A text without list numbers, code fences and ``<br>``."""
    return str(_MARKUP.sub(" ", text))


@lru_cache(CACHED)
def lines(text: str) -> tuple[str, ...]:
    """The lines of a text that have something on them, stripped."""
    return tuple(s for line in text.split("\n") if (s := line.strip()) and not is_bare(s))


@lru_cache(CACHED)
def paragraphs(text: str) -> tuple[str, ...]:
    """The paragraphs of a text, stripped."""
    blocks = (
        list(block)
        for blank, block in groupby(text.split("\n"), key=lambda line: not line.strip())
        if not blank
    )
    return tuple(
        "\n".join(block).strip()
        for block in blocks
        if not all(is_bare(line) or is_heading(line) for line in block)
    )


@lru_cache(CACHED)
def characters(text: str, count_spaces: bool = False) -> int:
    """The number of characters as a reader sees them: an accent or joined emoji adds none."""
    if not count_spaces:
        text = "".join(text.split())
    return len(text) if text.isascii() else len(regex.findall(r"\X", text))


def is_bare(line: str) -> bool:
    """Whether a line is only a rule, a fence or other markdown without text."""
    return _BARE.match(line) is not None or _FENCE.match(line) is not None


def is_heading(line: str) -> bool:
    """Whether a line is a heading: ``# …``, or bold as a whole and no full sentence."""
    match = _HEADING.match(line)
    if match is None:
        return False
    inner = match["text"]
    if inner is None:
        return True
    return match["bold"] not in inner and not inner.rstrip().endswith((".", "!", "?", *"。！？…"))


def has_word(text: str) -> bool:
    """Whether there is a letter or digit in a text."""
    return _WORD_CHARACTER.search(text) is not None


def word_set(*rows: str) -> frozenset[str]:
    """The words of some lines of text, as a set."""
    return frozenset(" ".join(rows).split())


def fold_quotes(text: str) -> str:
    """A text with typographic quotes, hyphens and spaces as on a keyboard, composed (NFC)."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", text).translate(_QUOTES)
