"""``bmc-dpo train``: from arguments to a trained model, through TRL's parser and trainer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trl import ModelConfig, get_peft_config, get_quantization_config

from bmc_dpo.config import BMCConfig
from bmc_dpo.preparation import DIFFERING
from bmc_dpo.trainer import BMCTrainer
from truing_core.training import arguments as shared
from truing_core.training.arguments import CommandArguments, DataArguments
from truing_core.training.datafiles import load_rows
from truing_core.training.flow import Plan, Tool, train_and_save
from truing_core.training.folders import base_model, init_kwargs
from truing_core.training.machine import sentences

TOOL = Tool("bmc-dpo", "BMC", record="bmc_run.json", data="bridge")
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
    data, config, model, command = shared.parse(f"{TOOL.name} train", kinds, arguments)
    return data, config, model, command


def train(arguments: Arguments) -> dict[str, Any]:
    """Trains, or goes on with a training that was interrupted, and saves the model.

    Returns:
        Where the model is, how many pairs and steps it took, and the last metrics.

    Raises:
        TruingError: Something the user can mend; checkpoints stand.
    """
    data, config, model, command = arguments

    def prepare() -> tuple[BMCTrainer, Plan]:
        trainer = _trainer(data, config, model)
        return trainer, _plan(trainer)

    return train_and_save(TOOL, prepare, data, config, model, command, memory_advice=_MEMORY)


def _trainer(data: DataArguments, config: BMCConfig, model: ModelConfig) -> BMCTrainer:
    assert data.dataset_name is not None  # train_and_save has looked
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


def _plan(trainer: BMCTrainer) -> Plan:
    data = trainer.train_dataset
    plan: Plan = {}
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
