"""Reading a causal language model's weights onto the device and in the type that suit it."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from truing_core.errors import ModelError, UsageError
from truing_core.models.chat import quiet
from truing_core.models.checkpoint import Checkpoint, first_line

if TYPE_CHECKING:
    import torch

DTYPES = ("auto", "float32", "bfloat16", "float16")


def load_weights(checkpoint: Checkpoint, *, dtype: str = "auto", device: str = "auto") -> Any:
    """Loads a ``PreTrainedModel`` for inference, never from pickle and never with foreign code.

    A LoRA adapter is merged into it.

    Args:
        checkpoint: What to load.
        dtype: One of :data:`DTYPES`.
        device: ``auto`` or a torch device; with several GPUs ``auto`` spreads over them.

    Raises:
        UsageError: The device or the type is not to be had here.
        ModelError: The folder cannot be loaded, or fills only part of the model.
    """
    import torch
    from transformers import AutoModelForCausalLM, GenerationConfig

    place = pick_device(device)
    spread = device == "auto" and place.type == "cuda" and torch.cuda.device_count() > 1
    arguments: dict[str, Any] = {"gguf_file": checkpoint.gguf} if checkpoint.gguf else {}
    if not checkpoint.gguf:
        arguments["use_safetensors"] = True
    if spread:
        arguments["device_map"] = "auto"
    try:
        with quiet():
            model, info = AutoModelForCausalLM.from_pretrained(
                str(checkpoint.folder),
                dtype=pick_dtype(dtype, place),
                trust_remote_code=False,
                output_loading_info=True,
                **arguments,
            )
            missing = sorted(info["missing_keys"]) if info else []
            if not missing and checkpoint.adapter is not None:
                model = _merged(model, checkpoint.adapter)
            if not missing and not spread:
                model = model.to(place)
    except Exception as error:  # transformers and safetensors raise a dozen kinds here
        if out_of_memory(error):
            raise ModelError(
                f"{checkpoint.name} does not fit into the memory of {place}; take a smaller "
                "model, --dtype bfloat16, or another --device"
            ) from error
        raise ModelError(f"{checkpoint.name} cannot be loaded: {_reason(error)}") from error
    if missing:
        raise ModelError(
            f"the weights of {checkpoint.name} lack {len(missing)} tensors of its architecture "
            f"(the first: {missing[0]}); is it a causal language model, and complete?"
        )
    ends = model.generation_config.eos_token_id
    # What else a model brings (sampling defaults) would change what was asked for.
    model.generation_config = GenerationConfig(eos_token_id=ends)
    return model.eval()


def _merged(model: Any, adapter: Path) -> Any:
    from peft import PeftModel

    return PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()


def pick_device(wanted: str) -> torch.device:
    """The torch device for ``auto`` (a GPU where there is one) or for the one named.

    Raises:
        UsageError: It does not exist here.
    """
    import torch

    if wanted == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(wanted)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise UsageError(
            f"there is no device '{wanted}' for this torch ({torch.__version__}): "
            f"{first_line(error)}"
        ) from error
    return device


def pick_dtype(wanted: str, device: torch.device) -> torch.dtype:
    """The torch type for ``auto`` (16 bits where the device computes in them) or the one named.

    Raises:
        UsageError: It is none of :data:`DTYPES`.
    """
    import torch

    if wanted not in DTYPES:
        raise UsageError(f"'{wanted}' is no dtype; use {', '.join(DTYPES)}")
    if wanted != "auto":
        dtype: torch.dtype = getattr(torch, wanted)
        return dtype
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if native else torch.float16
    if device.type == "mps":
        return torch.float16
    return torch.bfloat16 if _cpu_computes_bfloat16() else torch.float32


def _cpu_computes_bfloat16() -> bool:
    import torch

    ask = getattr(torch.cpu, "get_capabilities", None)  # newer torch
    capabilities: Mapping[str, Any] = ask() if ask else {}
    if capabilities:
        return any(capabilities.get(name) for name in ("avx512_bf16", "amx_bf16", "sve_bf16"))
    checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, name, bool)() for name in checks)


def _reason(error: Exception) -> str:
    text = str(error)
    if "trust_remote_code" in text or "execute the" in text:
        return "it brings its own Python code, which is never run here"
    if "does not recognize this architecture" in text:
        import transformers

        return (
            f"transformers {transformers.__version__} does not know its architecture; "
            "a newer one may (pip install -U transformers)"
        )
    return first_line(error)


def out_of_memory(error: BaseException) -> bool:
    """Whether an engine's error means that memory ran out, on whatever device."""
    if isinstance(error, MemoryError):
        return True
    if not isinstance(error, RuntimeError):
        return False
    text = str(error).lower()
    # torch.OutOfMemoryError is a RuntimeError; the CPU's allocator raises a bare one.
    return (
        type(error).__name__ == "OutOfMemoryError"
        or "out of memory" in text
        or "can't allocate memory" in text
        or "not enough memory" in text
    )


def free_memory() -> None:
    """Returns to the device what nothing refers to any more."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    elif torch.backends.mps.is_available():
        torch.mps.empty_cache()
