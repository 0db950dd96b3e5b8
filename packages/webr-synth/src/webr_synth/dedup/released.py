"""The tokenizer that ``released`` compares by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from truing_core.errors import ModelError
from webr_synth.dedup.index import Tokenizer


def load_tokenizer(spec: str) -> tuple[Tokenizer, str]:
    """A model's tokenizer, and a name that changes with it.

    Args:
        spec: ``demo``, a folder, or a hub id.

    Raises:
        ModelError: It cannot be loaded.
    """
    from truing_core.models.chat import quiet
    from truing_core.models.checkpoint import find_checkpoint, first_line, need

    need(("transformers",), extra="hf", what="--shingles released")
    from transformers import AutoTokenizer

    if spec == "demo":
        from truing_core.models.demo import demo_folder

        spec = str(demo_folder())
    checkpoint = find_checkpoint(spec)
    source = {"gguf_file": checkpoint.gguf} if checkpoint.gguf else {}
    try:
        with quiet():
            tokenizer: Any = AutoTokenizer.from_pretrained(
                str(checkpoint.tokenizer_folder), trust_remote_code=False, **source
            )
    except Exception as error:  # transformers raises a dozen kinds here
        raise ModelError(
            f"the tokenizer of {checkpoint.name} cannot be loaded: {first_line(error)}"
        ) from error

    def ids(texts: Sequence[str]) -> Sequence[Sequence[int]]:
        if not texts:
            return []
        encoded: list[list[int]] = tokenizer(list(texts), add_special_tokens=False)["input_ids"]
        return encoded

    return ids, f"{checkpoint.name}#{checkpoint.fingerprint}"
