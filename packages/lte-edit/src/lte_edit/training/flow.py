"""``lte-edit train``: from arguments to an aligned model, through TRL's parser and trainer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trl import SFTTrainer, get_peft_config, get_quantization_config

from lte_edit.training.config import LTEConfig, LTEModelConfig
from lte_edit.training.turns import to_turns
from truing_core.errors import InputError, UsageError
from truing_core.terminal import tell
from truing_core.training import arguments as shared
from truing_core.training.arguments import CommandArguments, DataArguments
from truing_core.training.datafiles import load_rows
from truing_core.training.folders import (
    add_to_card,
    base_model,
    checkpoint_to_resume,
    init_kwargs,
    last_metrics,
    move_aside,
    save_merged,
    write_record,
)
from truing_core.training.machine import sentences, writing

RECORD = "lte_run.json"
_MEMORY = (
    "lower per_device_train_batch_size (raise gradient_accumulation_steps to make up), lower "
    "max_length, set gradient_checkpointing true, or use_peft true"
)

Arguments = tuple[DataArguments, LTEConfig, LTEModelConfig, CommandArguments]


def parse(arguments: Sequence[str]) -> Arguments:
    """Reads flags and ``--config FILE.yaml``; flags win. ``--help`` prints every field.

    Raises:
        UsageError: A field is unknown or has a value that cannot be.
    """
    kinds = (DataArguments, LTEConfig, LTEModelConfig, CommandArguments)
    data, config, model, command = shared.parse("lte-edit train", kinds, arguments)
    config.suit_method(model.use_peft)
    return data, config, model, command


def train(arguments: Arguments) -> dict[str, Any]:
    """Trains, or goes on with a training that was interrupted, and saves the model.

    Returns:
        Where the model is, how many rows and steps it took, and the last metrics.

    Raises:
        TruingError: Something the user can mend; checkpoints stand.
    """
    data, config, model, command = arguments
    config.suit_method(model.use_peft)
    if command.save_merged and not model.use_peft:
        raise UsageError("save_merged merges an adapter, and use_peft is false; leave it out")
    if command.fresh:
        move_aside(str(config.output_dir))
    checkpoint = checkpoint_to_resume(config)
    trainer = _trainer(data, config, model)
    plan = _plan(trainer, model)
    if command.dry_run:
        return plan
    if checkpoint:
        tell(f"going on from {checkpoint if checkpoint is not True else 'the last checkpoint'}")
    output = str(config.output_dir)
    with sentences(_MEMORY):
        trainer.train(resume_from_checkpoint=checkpoint)
        with writing(output):
            trainer.save_model(output)
            trainer.create_model_card(Path(output).name)
            add_to_card(trainer, "LTE (arXiv 2402.11905)", config.decisive())
            if command.save_merged:
                save_merged(trainer)
    own = {"model": model.model_name_or_path, "data": data.dataset_name, **plan}
    write_record(trainer, RECORD, "lte-edit", own)
    if config.push_to_hub:
        trainer.push_to_hub(dataset_name=data.dataset_name)
    return {
        "output_dir": output,
        **plan,
        "steps": trainer.state.global_step,
        "resumed_from": str(checkpoint) if checkpoint else None,
        "metrics": last_metrics(trainer),
    }


def _trainer(data: DataArguments, config: LTEConfig, model: LTEModelConfig) -> SFTTrainer:
    if data.dataset_name is None:
        raise UsageError("dataset_name is missing: what build-data wrote, or a hub id")
    name = base_model(model.model_name_or_path)
    rows = _rows(data, data.dataset_name, data.dataset_train_split)
    evaluated = None
    if config.eval_strategy != "no":
        source = data.eval_dataset_name or data.dataset_name
        evaluated = _rows(data, source, data.dataset_test_split)
    config.model_init_kwargs = {
        **init_kwargs(model),
        "quantization_config": get_quantization_config(model),
        **(config.model_init_kwargs or {}),
    }
    with sentences(_MEMORY):
        trainer = SFTTrainer(
            name,
            args=config,
            train_dataset=rows,
            eval_dataset=evaluated,
            peft_config=get_peft_config(model),
        )
    if not trainer.processing_class.chat_template:
        raise InputError(
            "has no chat template (it may be a base model); give one with --chat_template_path, "
            "a tokenizer or a jinja2 file",
            path=str(model.model_name_or_path),
        )
    return trainer


def _rows(data: DataArguments, source: str, split: str) -> Any:
    rows = load_rows(
        source,
        data.dataset_config,
        split,
        streaming=data.dataset_streaming,
        limit=data.limit,
    )
    try:
        return to_turns(rows, Path(source).name)
    except InputError:
        raise
    except Exception as error:  # datasets wraps what a row's check says, in processes of its own
        cause = error.__cause__
        if isinstance(cause, InputError):
            raise cause from None
        raise


def _plan(trainer: SFTTrainer, model: LTEModelConfig) -> dict[str, Any]:
    args = trainer.args
    plan: dict[str, Any] = {}
    if hasattr(trainer.train_dataset, "__len__"):
        plan["answers"] = len(trainer.train_dataset)
        if not plan["answers"]:
            raise InputError(
                f"no answer fits into max_length {args.max_length}; raise it", path="the data"
            )
    plan["answers_a_step"] = (
        args.train_batch_size * args.gradient_accumulation_steps * args.world_size
    )
    plan["method"] = "lora" if model.use_peft else "full"
    plan["learning_rate"] = args.learning_rate
    return plan
