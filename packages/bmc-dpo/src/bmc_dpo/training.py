"""``bmc-dpo train``: from arguments to a trained model, through TRL's parser and trainer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trl import ModelConfig, get_peft_config, get_quantization_config

from bmc_dpo.config import BMCConfig
from bmc_dpo.preparation import DIFFERING
from bmc_dpo.trainer import BMCTrainer
from truing_core.errors import UsageError
from truing_core.terminal import tell
from truing_core.training import arguments as shared
from truing_core.training.arguments import CommandArguments, DataArguments
from truing_core.training.datafiles import load_rows
from truing_core.training.folders import (
    base_model,
    checkpoint_to_resume,
    init_kwargs,
    last_metrics,
    move_aside,
    save_merged,
    write_record,
)
from truing_core.training.machine import sentences

RECORD = "bmc_run.json"
_COLUMNS = ("prompt", "chosen", "rejected")
_MEMORY = (
    "lower per_device_train_batch_size (raise gradient_accumulation_steps to make up), lower "
    "max_length, set precompute_ref_log_probs true, or use_peft true"
)

Arguments = tuple[DataArguments, BMCConfig, ModelConfig, CommandArguments]


def parse(arguments: Sequence[str]) -> Arguments:
    """Reads flags and ``--config FILE.yaml``; flags win. ``--help`` prints every field.

    Raises:
        UsageError: A field is unknown or has a value that cannot be.
    """
    kinds = (DataArguments, BMCConfig, ModelConfig, CommandArguments)
    data, config, model, command = shared.parse("bmc-dpo train", kinds, arguments)
    return data, config, model, command


def train(arguments: Arguments) -> dict[str, Any]:
    """Trains, or goes on with a training that was interrupted, and saves the model.

    Returns:
        Where the model is, how many pairs and steps it took, and the last metrics.

    Raises:
        TruingError: Something the user can mend; checkpoints stand.
    """
    data, config, model, command = arguments
    if command.fresh:
        move_aside(str(config.output_dir))
    checkpoint = checkpoint_to_resume(config)
    trainer = _trainer(data, config, model)
    plan = _plan(trainer)
    if command.dry_run:
        return plan
    if checkpoint:
        tell(f"going on from {checkpoint if checkpoint is not True else 'the last checkpoint'}")
    with sentences(_MEMORY):
        trainer.train(resume_from_checkpoint=checkpoint)
        trainer.save_model(config.output_dir)
        trainer.create_model_card(Path(str(config.output_dir)).name)
        if command.save_merged and model.use_peft:
            save_merged(trainer)
    own = {"model": model.model_name_or_path, "data": data.dataset_name, **plan}
    write_record(trainer, RECORD, "bmc-dpo", own)
    if config.push_to_hub:
        trainer.push_to_hub(dataset_name=data.dataset_name)
    return {
        "output_dir": str(config.output_dir),
        **plan,
        "steps": trainer.state.global_step,
        "resumed_from": str(checkpoint) if checkpoint else None,
        "metrics": last_metrics(trainer),
    }


def _trainer(data: DataArguments, config: BMCConfig, model: ModelConfig) -> BMCTrainer:
    if data.dataset_name is None:
        raise UsageError("dataset_name is missing: a .parquet, .jsonl or .json file, or a hub id")
    name = base_model(model.model_name_or_path)
    pairs = _pairs(data, data.dataset_name, data.dataset_train_split)
    evaluated = None
    if config.eval_strategy != "no":
        source = data.eval_dataset_name or data.dataset_name
        evaluated = _pairs(data, source, data.dataset_test_split)
    quantization = get_quantization_config(model)
    config.model_init_kwargs = {**init_kwargs(model), **(config.model_init_kwargs or {})}
    with sentences(_MEMORY):
        return BMCTrainer(
            name,
            args=config,
            train_dataset=pairs,
            eval_dataset=evaluated,
            quantization_config=quantization,
            peft_config=get_peft_config(model),
        )


def _pairs(data: DataArguments, source: str, split: str) -> Any:
    return load_rows(
        source,
        data.dataset_config,
        split,
        columns=_COLUMNS,
        streaming=data.dataset_streaming,
        limit=data.limit,
    )


def _plan(trainer: BMCTrainer) -> dict[str, Any]:
    data = trainer.train_dataset
    plan: dict[str, Any] = {}
    if hasattr(data, "__len__"):
        plan["pairs"] = len(data)
        if DIFFERING in data.column_names:
            plan["pairs_without_difference"] = sum(count == 0 for count in data[DIFFERING])
    args = trainer.args
    plan["pairs_a_step"] = (
        args.train_batch_size * args.gradient_accumulation_steps * args.world_size
    )
    plan["mode"], plan["objective"], plan["variant"] = args.bmc_mode, args.objective, args.variant
    return plan
