"""Texts of edits as vectors, checked before they are stored or searched with."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lte_edit.edits import Edit
from lte_edit.encoder import name_of, same_encoder
from lte_edit.memory.backend import Place
from truing_core.errors import ModelError, UsageError

if TYPE_CHECKING:
    from lte_edit.encoder import Encoder, Vectors

_AT_ONCE = 512  # edits


def texts_of(edit: Edit) -> list[str]:
    """What is embedded of an edit: its descriptor, and each rephrasing with the target."""
    return [edit.descriptor, *(f"{each} {edit.target}" for each in edit.rephrasings)]


def embed_texts(encoder: Encoder, texts: Sequence[str]) -> Vectors:
    """Float32 vectors (texts × dimension).

    Raises:
        ModelError: The encoder gave another shape, or numbers that are none.
    """
    import numpy as np

    # A lone surrogate, as a terminal passes on bytes that are no UTF-8, has no tokens.
    texts = [text.encode(errors="replace").decode() for text in texts]
    vectors = np.ascontiguousarray(encoder.encode(texts), dtype=np.float32)
    expected = (len(texts), encoder.dimension)
    if vectors.shape != expected:
        raise ModelError(
            f"the encoder {name_of(encoder.identity)} gave vectors of shape {vectors.shape}; "
            f"expected {expected}"
        )
    if not np.isfinite(vectors).all():
        raise ModelError(
            f"the encoder {name_of(encoder.identity)} gave numbers that are not finite"
        )
    return vectors


def embed_edits(
    encoder: Encoder, edits: Sequence[Edit], on_done: Callable[[int], object] | None = None
) -> list[list[bytes]]:
    """Of each edit the vectors of :func:`texts_of`, as bytes.

    Args:
        encoder: Which embeds.
        edits: Any number.
        on_done: Is told how many edits more were embedded.
    """
    blobs: list[list[bytes]] = []
    for start in range(0, len(edits), _AT_ONCE):
        texts = [texts_of(edit) for edit in edits[start : start + _AT_ONCE]]
        vectors = iter(embed_texts(encoder, [text for each in texts for text in each]))
        blobs += [[next(vectors).tobytes() for _ in each] for each in texts]
        if on_done is not None:
            on_done(len(texts))
    return blobs


def check_encoder(path: Place, stored: str | None, encoder: Encoder | None) -> None:
    """Refuses an encoder that would not find what another one stored.

    Raises:
        UsageError: It is another one; the message has the command that embeds anew.
    """
    if stored is None or encoder is None or same_encoder(stored, encoder.identity):
        return
    theirs, ours = name_of(stored), name_of(encoder.identity)
    but = f"{ours} would not find them" if theirs != ours else "its weights have changed since"
    raise UsageError(
        f"the vectors in {path} come from the encoder {theirs}, and {but}; open it with that one, "
        f"or embed all anew: lte-edit memory reembed --memory {shlex.quote(str(path))} "
        f"--encoder {ours}"
    )
