"""``lte-edit train``: the command in front of TRL's parser."""

from __future__ import annotations

import typer

from truing_core.cli import JsonOut
from truing_core.training.command import TRAIN_SETTINGS, HelpAll, run_train

__all__ = ["TRAIN_SETTINGS", "train_command"]


def train_command(
    context: typer.Context, as_json: JsonOut = False, help_all: HelpAll = False
) -> None:
    """Align a model on what build-data wrote; goes on where it stopped.

    All fields of TRL's SFTConfig and ModelConfig are options, on the line or in --config
    FILE.yaml (flags win). Those you need:

    --model_name_or_path (hub id, folder, demo), --dataset_name (.parquet, .jsonl, hub id),
    --output_dir.

    By default a LoRA adapter (r 8, α 16, learning rate 3e-4), three epochs, loss on the
    answers alone; --use_peft false trains all weights (2e-5).

    Of use: --save_merged true (a whole model in output_dir/merged, for ask, serve and eval),
    --max_steps, --per_device_train_batch_size, --gradient_accumulation_steps, --max_length,
    --eval_strategy, --eval_dataset_name, --limit, --dry_run, --fresh.
    On several devices:
    accelerate launch -m lte_edit train ….
    """
    run_train("lte_edit.training", context.args, as_json=as_json, help_all=help_all)
