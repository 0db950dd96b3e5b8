"""``webr-synth train``: the command in front of TRL's parser."""

from __future__ import annotations

import os

import typer

from truing_core.cli import JsonOut, emit_json, tell
from truing_core.errors import TruingError

# TRL's parser reads what this one leaves: --max_steps and --max-steps alike.
TRAIN_SETTINGS = {"allow_extra_args": True, "ignore_unknown_options": True}


def train_command(
    context: typer.Context,
    as_json: JsonOut = False,
    help_all: bool = typer.Option(
        False, "--help-all", help="Every option: data, TRL's SFTConfig and ModelConfig."
    ),
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
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        from webr_synth.training import parse, train
    except ModuleNotFoundError as error:
        raise TruingError(f"training needs {error.name}: pip install 'webr-synth[train]'") from None

    result = train(parse([*context.args, *(["--help"] if help_all else [])]))
    if as_json:
        emit_json(result)
        return
    if "steps" not in result:
        for name, value in result.items():
            typer.echo(f"{name}: {value}")
        return
    tell(f"{result['steps']} steps; the model is in {result['output_dir']}")
