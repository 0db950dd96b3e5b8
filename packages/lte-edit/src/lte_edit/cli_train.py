"""``lte-edit train``: the command in front of TRL's parser."""

from __future__ import annotations

import os

import typer

from truing_core.cli import JsonOut, emit_json, tell

# TRL's parser reads what this one leaves: --max_steps and --max-steps alike.
TRAIN_SETTINGS = {"allow_extra_args": True, "ignore_unknown_options": True}


def train_command(
    context: typer.Context,
    as_json: JsonOut = False,
    help_all: bool = typer.Option(
        False, "--help-all", help="Every option: data, TRL's SFTConfig and ModelConfig."
    ),
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
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from lte_edit.training import parse, train

    result = train(parse([*context.args, *(["--help"] if help_all else [])]))
    if as_json:
        emit_json(result)
        return
    if "steps" not in result:
        for name, value in result.items():
            typer.echo(f"{name}: {value}")
        return
    tell(f"{result['steps']} steps; the model is in {result['output_dir']}")
