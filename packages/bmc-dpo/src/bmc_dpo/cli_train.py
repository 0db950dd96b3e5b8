"""``bmc-dpo train``: the command in front of TRL's parser."""

from __future__ import annotations

import typer

from truing_core.cli import JsonOut
from truing_core.training.command import TRAIN_SETTINGS, HelpAll, run_train

__all__ = ["TRAIN_SETTINGS", "train_command"]


def train_command(
    context: typer.Context, as_json: JsonOut = False, help_all: HelpAll = False
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
    run_train("bmc_dpo.training", context.args, as_json=as_json, help_all=help_all)
