"""A document on its way through the filters."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


@dataclass(slots=True)
class Draft:
    """Text and what is known of it; filters may change both.

    Attributes:
        text: The text.
        url: Where it was fetched from.
        language: ISO 639 code.
    """

    text: str
    url: str | None = None
    language: str | None = None
    _words: list[str] | None = None
    _unspaced: bool | None = None

    @property
    def words(self) -> list[str]:
        """What white space separates, computed once."""
        if self._words is None:
            self._words = self.text.split()
        return self._words

    @property
    def unspaced(self) -> bool:
        """Whether the text is in a script without spaces, where words cannot be counted so."""
        if self._unspaced is None:
            sample = self.text[:2000]
            self._unspaced = len(_UNSPACED.findall(sample)) > 0.2 * len(sample)
        return self._unspaced

    def rewrite(self, text: str) -> None:
        """Puts another text in place of the old."""
        if text != self.text:
            self.text, self._words, self._unspaced = text, None, None


Filter = Callable[[Draft], str | None]
"""Returns the rule that rejects the draft, or ``None``."""
