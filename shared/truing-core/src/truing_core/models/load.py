"""From a spec to a model that answers, importing only the engine it needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from truing_core.models.base import ChatModel
from truing_core.models.spec import ModelSpec


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


def load_model(spec: str | ModelSpec, options: LoadOptions | None = None) -> ChatModel:
    """Loads the model a spec names.

    Raises:
        UsageError: The spec is malformed.
        ModelError: The engine is not installed (the message names the extra), or the model
            cannot be found or loaded.
    """
    if isinstance(spec, str):
        spec = ModelSpec.parse(spec)
    options = options or LoadOptions()
    match spec.backend:
        case "openai":
            from truing_core.models.openai import OpenAIModel

            return OpenAIModel(spec, options)
        case "hf":
            from truing_core.models.hf import HFModel

            return HFModel(spec, options)
        case "vllm":
            from truing_core.models.vllm import VLLMModel

            return VLLMModel(spec, options)
        case "demo":
            from truing_core.models.demo import load_demo

            return load_demo(options)
