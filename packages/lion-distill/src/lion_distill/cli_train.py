"""``lion-distill train``: the command in front of TRL's parser."""

from __future__ import annotations

import typer

from truing_core.cli import JsonOut
from truing_core.training.command import TRAIN_SETTINGS, HelpAll, run_train

__all__ = ["TRAIN_SETTINGS", "train_command"]


def train_command(
    context: typer.Context, as_json: JsonOut = False, help_all: HelpAll = False
) -> None:
    """Train a student on a teacher's answers; goes on where it stopped.

    The loop does this itself. This command is for one training alone, and for several devices. All
    fields of TRL's SFTConfig and ModelConfig are options, on the line or in --config FILE.yaml
    (flags win). Those you need:

    --model_name_or_path (hub id, folder, demo), --dataset_name (responses.jsonl, .parquet, hub id),
    --output_dir. An iteration's training.yaml holds all of them.

    By default all weights (learning rate 2e-5), three epochs of 1,024 tokens, cosine, loss on the
    answers alone; --use_peft true trains a LoRA adapter (r 16, α 32, 2e-4).

    Of use: --save_merged true (with LoRA, a whole model in output_dir/merged), --max_steps,
    --per_device_train_batch_size, --gradient_accumulation_steps, --max_length, --packing,
    --train_sampling_strategy, --chat_template_path (base models), --limit, --dry_run, --fresh.
    The paper's numbers: lion-distill recipes list.
    On several devices:
    accelerate launch -m lion_distill train ….
    """
    run_train("lion_distill.training", context.args, as_json=as_json, help_all=help_all)
