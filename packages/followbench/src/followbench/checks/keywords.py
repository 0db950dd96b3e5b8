"""Which words and letters: present, absent, counted, in place."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from followbench.checks.base import (
    Bounds,
    Check,
    Example,
    Outcome,
    Position,
    join,
    pick,
    place_of,
    plural,
    show,
)
from followbench.checks.matching import Piece, Pieces, finder, prepared
from followbench.checks.sentences import sentences
from followbench.checks.text import lines, paragraphs, words


class Matching(Check):
    """How a piece of text is compared."""

    case_sensitive: bool = Field(default=False, description="Tell `Rain` from `rain`.")
    whole_word: bool = Field(
        default=True, description="`rain` is not in `train`. Chinese is always searched as is."
    )

    def found(self, piece: str, text: str) -> bool:
        """Whether the piece occurs in the text."""
        return self._finder(piece).search(prepared(text)) is not None

    def count(self, piece: str, text: str) -> int:
        """How often the piece occurs in the text."""
        return sum(1 for _ in self._finder(piece).finditer(prepared(text)))
