"""From a spec to a model that answers, importing only the engine it needs."""

from __future__ import annotations

from truing_core.models.base import ChatModel
from truing_core.models.load_options import LoadOptions
from truing_core.models.spec import ModelSpec


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
