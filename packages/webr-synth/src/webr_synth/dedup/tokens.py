"""Texts as rows of hashed words, many texts at a time.

What does not make a difference to a reader falls away: case, Unicode's compatible forms, white
space, punctuation. A word is a run of letters, digits and their marks. Where a script has no
spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese, Tibetan) each character is a word, and so is
a symbol (``+``, ``=``, an emoji), because "3 + 4" is another request than "3 - 4" would be.

Words are hashed where they stand, in one pass of NumPy over the characters of many texts: with
:math:`P_i = \\sum_{j<i} v(c_j) B^j` modulo :math:`2^{64}`, the word from i to j has the hash
:math:`(P_j - P_i) B^{-i}`, wherever it stands.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from webr_synth.dedup.hashing import mix

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from webr_synth.dedup.hashing import Hashes

_CHUNK = 1 << 20  # characters in one pass; bounds memory
_BETWEEN, _LETTER, _ALONE, _MARK = range(4)
_LAST = 0x3FFFF  # no letters lie beyond the third plane
_NO_SPACES = (
    (0x0E00, 0x0EFF), (0x0F00, 0x0FFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3005, 0x3007),
    (0x3040, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)  # fmt: skip
_BASE = 0x5851F42D4C957F2D
_INVERSE = pow(_BASE, -1, 2**64)

# Whether a token starts at a character: by the kind of the one before it, and by its own.
_STARTS = np.zeros(16, dtype=bool)
for _before in range(4):
    _STARTS[4 * _before + _ALONE] = True
    _STARTS[4 * _before + _LETTER] = _before in (_BETWEEN, _ALONE)
    _STARTS[4 * _before + _MARK] = _before == _BETWEEN


def tokens(texts: Sequence[str]) -> tuple[Hashes, NDArray[np.int64]]:
    """The words of texts, hashed.

    Args:
        texts: The texts.

    Returns:
        Hashes, uint64 (words of all texts), and how many each text has, int64 (texts).
    """
    pieces: list[str] = []
    owners: list[int] = []
    for number, text in enumerate(texts):
        for piece in _pieces(_folded(text)):
            pieces.append(piece)
            owners.append(number)
    found, counts = [np.empty(0, np.uint64)], [np.empty(0, np.int64)]
    for group in _chunks(pieces):
        hashes, count = _hashed(group)
        found.append(hashes)
        counts.append(count)
    totals = np.zeros(len(texts), np.int64)
    np.add.at(totals, np.asarray(owners, np.int64), np.concatenate(counts))
    return np.concatenate(found), totals


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text).casefold()


def _pieces(text: str) -> Iterator[str]:
    """Cuts a text of millions of characters at spaces, so that a pass stays small."""
    start = 0
    while len(text) - start > _CHUNK:
        end = text.rfind(" ", start, start + _CHUNK)
        end = end if end > start else start + _CHUNK
        yield text[start:end]
        start = end
    yield text[start:] if start else text


def _chunks(pieces: Sequence[str]) -> Iterator[Sequence[str]]:
    start, size = 0, 0
    for end, piece in enumerate(pieces):
        if size + len(piece) >= _CHUNK and end > start:
            yield pieces[start:end]
            start, size = end, 0
        size += len(piece) + 1
    if pieces:
        yield pieces[start:]


def _hashed(pieces: Sequence[str]) -> tuple[Hashes, NDArray[np.int64]]:
    text = "\n".join(pieces) + "\n"
    codes: NDArray[np.uint8] | NDArray[np.uint32]
    if text.isascii():
        codes = np.frombuffer(text.encode("ascii"), np.uint8)
        kinds, values = (table[:128] for table in _tables(0x80))
    else:
        wide = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        codes = np.minimum(wide, np.uint32(_LAST))
        kinds, values = _tables(_LAST + 1)
    kind = kinds[codes]
    step = kind.copy()
    step[1:] |= kind[:-1] << np.uint8(2)
    begins = _STARTS[step]
    # A token ends where the next begins, or at what lies between tokens.
    borders = np.flatnonzero(begins | (kind == _BETWEEN))
    which = np.flatnonzero(begins[borders])
    starts, ends = borders[which], borders[which + 1]
    powers, inverses = _powers(1 << (len(codes) - 1).bit_length())
    sums = np.empty(len(codes) + 1, np.uint64)
    sums[0] = 0
    terms = values[codes]
    terms *= powers[: len(codes)]
    np.cumsum(terms, out=sums[1:])
    hashes = mix((sums[ends] - sums[starts]) * inverses[starts])
    bounds = np.cumsum([0, *(len(piece) + 1 for piece in pieces)])
    return hashes, np.diff(np.searchsorted(starts, bounds))


@cache
def _powers(count: int) -> tuple[Hashes, Hashes]:
    """B to the power of 0, 1, 2 ..., and their inverses modulo 2^64."""
    made = []
    for base in (_BASE, _INVERSE):
        powers = np.full(count, base, np.uint64)
        powers[0] = 1
        made.append(np.cumprod(powers, dtype=np.uint64))
    return made[0], made[1]


@cache
def _tables(count: int) -> tuple[NDArray[np.uint8], Hashes]:
    """The kind of each character and the number it counts for in a hash."""
    kinds = np.fromiter((_kind(code) for code in range(count)), np.uint8, count)
    return kinds, mix(np.arange(count, dtype=np.uint64))


def _kind(code: int) -> int:
    character = chr(code)
    category = unicodedata.category(character)
    if category[0] == "M":
        return _MARK
    if category[0] in "LN":
        alone = any(first <= code <= last for first, last in _NO_SPACES)
        return _ALONE if alone and category[0] == "L" else _LETTER
    return _ALONE if category in ("Sm", "Sc", "So") else _BETWEEN
