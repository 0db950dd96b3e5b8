"""``bmc-dpo train``: the command in front of TRL's parser."""

from __future__ import annotations

import os

import typer

from truing_core.cli import JsonOut, emit_json, tell

EVERYTHING = "--help-all"

# TRL's parser reads what this one leaves: --max_steps and --max-steps alike.
TRAIN_SETTINGS = {"allow_extra_args": True, "ignore_unknown_options": True}


def train_command(
    context: typer.Context,
    as_json: JsonOut = False,
    help_all: bool = typer.Option(
        False, EVERYTHING, help="Every option: data, BMC, TRL's DPOConfig and ModelConfig."
    ),
) -> None:
    """Train with BMC over TRL's DPO trainer; goes on where it stopped.

    All fields of TRL's DPOConfig and ModelConfig are options, on the line or in --config
    FILE.yaml (flags win). Those you need:

    --model_name_or_path (hub id, folder, demo), --dataset_name (.parquet, .jsonl, hub id),
    --output_dir.

    BMC's own: --delta, --beta, --bmc_mode paper|released, --objective dpo|ipo|rdpo|simpo|orpo,
    --variant bmc|bc|mc|plain, --diff_algorithm, --ignore_stopwords, --rdpo_alpha, --simpo_gamma.

    Of use: --use_peft, --save_merged, --max_steps, --per_device_train_batch_size,
    --precompute_ref_log_probs, --eval_strategy, --eval_dataset_name, --limit, --dry_run, --fresh.
    On several devices:
    accelerate launch -m bmc_dpo train ….
    """
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from bmc_dpo.training import parse, train

    result = train(parse([*context.args, *(["--help"] if help_all else [])]))
    if as_json:
        emit_json(result)
        return
    if "steps" not in result:
        for name, value in result.items():
            typer.echo(f"{name}: {value}")
        return
    tell(f"{result['steps']} steps; the model is in {result['output_dir']}")
