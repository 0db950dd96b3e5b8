"""``webr-synth train``: the command in front of TRL's parser."""

from __future__ import annotations

import typer

from truing_core.cli import JsonOut
from truing_core.training.command import TRAIN_SETTINGS, HelpAll, run_train

__all__ = ["TRAIN_SETTINGS", "train_command"]


def train_command(
    context: typer.Context, as_json: JsonOut = False, help_all: HelpAll = False
) -> None:
    """Fine-tune a model on what run wrote; goes on where it stopped.

    All fields of TRL's SFTConfig and ModelConfig are options, on the line or in --config
    FILE.yaml (flags win). Those you need:

    --model_name_or_path (hub id, folder, demo), --dataset_name (.parquet, a folder of shards,
    .jsonl, hub id), --output_dir.

    By default all weights (learning rate 2e-5), four epochs of 4,096 tokens, cosine, loss on the
    answers alone; --use_peft true trains a LoRA adapter (r 16, α 32, 2e-4).

    Of use: --save_merged true (with LoRA, a whole model in output_dir/merged), --max_steps,
    --per_device_train_batch_size, --gradient_accumulation_steps, --max_length, --packing,
    --chat_template_path (base models), --eval_strategy, --eval_dataset_name, --limit, --dry_run,
    --fresh. The paper's numbers for one model each: webr-synth recipes list.
    On several devices:
    accelerate launch -m webr_synth train ….
    """
    run_train(
        "webr_synth.training",
        context.args,
        as_json=as_json,
        help_all=help_all,
        install="webr-synth[train]",
    )
