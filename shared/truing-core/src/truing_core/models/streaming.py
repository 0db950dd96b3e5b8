"""A reply's text while it is being written, piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

_UNFINISHED = "\ufffd"  # what a decoder writes for a letter whose bytes are not all there


class TextStream:
    """Tells of new text as soon as it is sure to be part of the reply.

    Held back are letters whose bytes are not all there, and what may become a stop string. It is
    a streamer as ``generate`` of transformers takes one, for a batch of one row.

    Args:
        on_text: Is told; if it raises, that ends the reply.
        decode: Token ids to text.
        stop: Strings that end the reply; they are not part of it.

    Attributes:
        tokens: The reply so far.
    """

    def __init__(
        self,
        on_text: Callable[[str], object],
        decode: Callable[[Sequence[int]], str],
        stop: Sequence[str] = (),
    ) -> None:
        self._on_text, self._decode, self._stop = on_text, decode, stop
        self.tokens: list[int] = []
        self._told = ""
        self._prompt_came = False

    def put(self, value: torch.Tensor) -> None:
        """Takes token ids: the prompt first, then each new one."""
        if not self._prompt_came:
            self._prompt_came = True
            return
        self.tokens += value.flatten().tolist()
        text = self._decode(self.tokens).rstrip(_UNFINISHED)
        self._tell(text[: len(text) - held_back(text, self._stop)])

    def end(self) -> None:
        """Nothing: only :meth:`finish` knows the whole text."""

    def finish(self, text: str) -> None:
        """Tells what is left of the whole text."""
        self._tell(text)

    def _tell(self, text: str) -> None:
        # A tokenizer may write earlier letters anew when later ones come; those were told already.
        if len(text) > len(self._told) and text.startswith(self._told):
            fresh, self._told = text[len(self._told) :], text
            self._on_text(fresh)


def held_back(text: str, stop: Sequence[str]) -> int:
    """How many letters at the end of a text a stop string has, or may have, begun with.

    Args:
        text: So far.
        stop: Strings; of one that stands in the text, the first place counts.
    """
    found = [at for at in (text.find(each) for each in stop) if at >= 0]
    if found:
        return len(text) - min(found)
    return max(
        (
            size
            for each in stop
            for size in range(1, min(len(each), len(text) + 1))
            if text.endswith(each[:size])
        ),
        default=0,
    )
