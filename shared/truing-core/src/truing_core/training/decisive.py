"""What of TRL's settings decides what is learned, and what is a matter of the machine alone.

How a step's rows are parted among devices and passes, what is computed again to save memory, what
is saved, logged, measured and shown: a training that was interrupted may go on with others of
these. Everything else counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_BATCH = {"per_device_train_batch_size": 8, "gradient_accumulation_steps": 1}
"""With TRL's defaults."""
_SAVING = ("save_",)
_SHOWING = (
    "logging_", "log_", "hub_", "trackio_", "include_", "eval_", "per_device_eval_", "ddp_",
    "dataloader_num_", "dataloader_pin_", "dataloader_persistent_", "dataloader_prefetch_",
    "torch_empty_cache_", "torch_compile", "activation_", "gradient_checkpointing", "deepspeed",
    "fsdp", "do_", "precompute_ref_",
)  # fmt: skip
_OF_THE_MACHINE = frozenset({
    "accelerator_config", "auto_find_batch_size", "batch_eval_metrics", "bf16_full_eval",
    "dataloader_multiprocessing_context", "dataset_num_proc", "debug", "disable_tqdm",
    "enable_jit_checkpoint", "fp16_full_eval", "full_determinism", "ignore_data_skip",
    "local_rank", "output_dir", "parallelism_config", "prediction_loss_only", "project",
    "push_to_hub", "report_to", "restore_callback_states_from_checkpoint",
    "resume_from_checkpoint", "run_name", "skip_memory_metrics", "use_cpu",
})  # fmt: skip


def decisive(training: Mapping[str, Any]) -> dict[str, Any]:
    """Those of TRL's names and values that change what is learned.

    Rows that a device takes at once and steps that are added up stand there as one ``batch``, for
    only their product counts. What is saved and measured counts where the best checkpoint becomes
    the model.
    """
    ignored: tuple[str, ...] = (*_SHOWING, *_SAVING)
    if training.get("load_best_model_at_end"):
        ignored = tuple(each for each in _SHOWING if each != "eval_")
    found = {
        name: value
        for name, value in training.items()
        if not name.startswith(ignored) and name not in _OF_THE_MACHINE and name not in _BATCH
    }
    sizes = [training.get(name, default) for name, default in _BATCH.items()]
    if all(isinstance(size, int) for size in sizes):
        return {**found, "batch": sizes[0] * sizes[1]}
    return {**found, **{name: training[name] for name in _BATCH if name in training}}
