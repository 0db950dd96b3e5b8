"""How a model is run, whichever it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """What a user may set about how a model is run; none of it changes what is asked.

    Attributes:
        concurrency: Most requests under way at once (remote models).
        max_retries: How often one request is tried again after a passing fault.
        timeout: Seconds until one attempt counts as failed.
        batch_tokens: Budget of one local batch: rows x (longest prompt + max_tokens).
        dtype: ``auto``, ``float32``, ``bfloat16`` or ``float16`` (local models).
        device: ``auto``, ``cpu``, ``cuda``, ``cuda:1``, ``mps`` ... (local models).
        chat_template: A jinja2 file that replaces the tokenizer's chat template.
    """

    concurrency: int = 32
    max_retries: int = 6
    timeout: float = 600.0
    batch_tokens: int = 16_384
    dtype: str = "auto"
    device: str = "auto"
    chat_template: Path | None = None
