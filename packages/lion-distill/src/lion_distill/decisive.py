"""What of TRL's settings decides what is learned, and what is a matter of the machine alone.

How a step's answers are parted among devices and passes, what is computed again to save memory,
what is saved, logged and shown: a training that ran out of memory may go on with others of these.
Everything else counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_BATCH = {"per_device_train_batch_size": 8, "gradient_accumulation_steps": 1}
"""With TRL's defaults."""
_SAVING = "save_"
_SHOWING = ("logging_", "log_", "hub_", "trackio_", "dataloader_num_", "dataloader_pin_",
            "dataloader_persistent_", "dataloader_prefetch_", "torch_empty_cache_")  # fmt: skip
_OF_THE_MACHINE = frozenset({
    "activation_checkpointing", "activation_checkpointing_kwargs", "activation_offloading",
    "dataset_num_proc", "debug", "disable_tqdm", "enable_jit_checkpoint",
    "gradient_checkpointing", "gradient_checkpointing_kwargs",
    "include_num_input_tokens_seen", "project", "push_to_hub", "report_to", "run_name",
    "skip_memory_metrics",
})  # fmt: skip


def decisive(training: Mapping[str, Any]) -> dict[str, Any]:
    """Those of TRL's names and values that change the student.

    Answers a device takes at once and steps that are added up stand there as one ``batch``, for
    only their product counts. What is saved counts where the best checkpoint becomes the student.
    """
    ignored = _SHOWING if training.get("load_best_model_at_end") else (*_SHOWING, _SAVING)
    found = {
        name: value
        for name, value in training.items()
        if not name.startswith(ignored) and name not in _OF_THE_MACHINE and name not in _BATCH
    }
    sizes = [training.get(name, default) for name, default in _BATCH.items()]
    if all(isinstance(size, int) for size in sizes):
        return {**found, "batch": sizes[0] * sizes[1]}
    return {**found, **{name: training[name] for name in _BATCH if name in training}}
