"""An encoder that remembers the latest queries."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lte_edit.encoder import Encoder, Vectors


class QueryVectors:
    """An encoder in front of another; threads may share it.

    Only :meth:`remember` keeps anything, so that a flood of new edits drives no query out.

    Args:
        encoder: The one that embeds.
        size: How many vectors are kept.
    """

    def __init__(self, encoder: Encoder, size: int = 2048) -> None:
        self._encoder, self._size = encoder, size
        self.identity, self.dimension = encoder.identity, encoder.dimension
        self._kept: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """As :meth:`~lte_edit.encoder.Encoder.encode`."""
        import numpy as np

        known = self._known(texts)
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if len(missing) == len(texts):
            return self._encoder.encode(texts)
        if missing:
            known |= zip(missing, self._encoder.encode(missing), strict=True)
        return np.stack([known[text] for text in texts])

    def remember(self, texts: Sequence[str]) -> None:
        """Embeds texts in one call and keeps their vectors; those that are kept are not embedded.

        Args:
            texts: Queries; of more than are kept, the last ones stay.
        """
        known = self._known(texts)
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if not missing:
            return
        vectors = self._encoder.encode(missing)
        with self._lock:
            self._kept |= zip(missing, vectors, strict=True)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)

    def _known(self, texts: Sequence[str]) -> dict[str, Vectors]:
        with self._lock:
            known = {text: self._kept[text] for text in texts if text in self._kept}
            for text in known:
                self._kept.move_to_end(text)
        return known
