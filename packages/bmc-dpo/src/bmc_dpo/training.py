"""``bmc-dpo train``: from arguments to a trained model, through TRL's parser and trainer."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from transformers.trainer_utils import get_last_checkpoint
from trl import ModelConfig, TrlParser, get_peft_config, get_quantization_config

from bmc_dpo.__about__ import __version__
from bmc_dpo.config import BMCConfig, provenance
from bmc_dpo.datafiles import load_pairs
from bmc_dpo.preparation import DIFFERING
from bmc_dpo.trainer import BMCTrainer
from truing_core.errors import InputError, TruingError, UsageError
from truing_core.files import disk_error, write_json
from truing_core.models.weights import out_of_memory
from truing_core.terminal import tell

RECORD = "bmc_run.json"


@dataclass
class DataConfig:
    """Which pairs are trained and evaluated on."""

    dataset_name: str | None = field(
        default=None,
        metadata={"help": "Preference data: .parquet, .jsonl or .json file, or a hub id."},
    )
    dataset_config: str | None = field(
        default=None, metadata={"help": "Configuration of a hub data set."}
    )
    dataset_train_split: str = field(default="train", metadata={"help": "Split to train on."})
    dataset_test_split: str = field(
        default="test",
        metadata={"help": "Split to evaluate on, with eval_strategy other than 'no'."},
    )
    eval_dataset_name: str | None = field(
        default=None,
        metadata={"help": "File or hub id to evaluate on, in place of the test split."},
    )
    dataset_streaming: bool = field(
        default=False, metadata={"help": "Stream the data; needs max_steps."}
    )
    limit: int | None = field(default=None, metadata={"help": "The first N pairs only."})


@dataclass
class CommandConfig:
    """What the command does beside training."""

    fresh: bool = field(
        default=False,
        metadata={"help": "Start over: an output_dir with checkpoints is moved aside."},
    )
    save_merged: bool = field(
        default=False,
        metadata={
            "help": "With use_peft, also write the model with the adapter merged in, to "
            "output_dir/merged; eval and most servers want that."
        },
    )
    dry_run: bool = field(
        default=False, metadata={"help": "Prepare the data, say what would happen, and stop."}
    )


Arguments = tuple[DataConfig, BMCConfig, ModelConfig, CommandConfig]


def parse(arguments: Sequence[str]) -> Arguments:
    """Reads flags and ``--config FILE.yaml``; flags win. ``--help`` prints every field.

    Raises:
        UsageError: A field is unknown or has a value that cannot be.
    """
    parser = TrlParser((DataConfig, BMCConfig, ModelConfig, CommandConfig), prog="bmc-dpo train")
    try:
        data, config, model, command = parser.parse_args_and_config(list(arguments))
    except FileNotFoundError as error:
        raise UsageError(f"--config: there is no file '{error.filename}'") from None
    except (ValueError, TypeError, IndexError) as error:
        raise UsageError(" ".join(str(error).split())) from None
    except Exception as error:
        if type(error).__module__.startswith("yaml"):
            raise UsageError(f"--config is no valid YAML: {' '.join(str(error).split())}") from None
        raise
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
        _move_aside(config)
    checkpoint = config.resume_from_checkpoint or _last_checkpoint(config)
    if str(checkpoint).lower() == "true":
        checkpoint = True
    trainer = _trainer(data, config, model)
    plan = _plan(trainer)
    if command.dry_run:
        return plan
    if checkpoint:
        tell(f"going on from {checkpoint if checkpoint is not True else 'the last checkpoint'}")
    with _sentences(config):
        trainer.train(resume_from_checkpoint=checkpoint)
        trainer.save_model(config.output_dir)
        trainer.create_model_card(Path(str(config.output_dir)).name)
        if command.save_merged and model.use_peft:
            _save_merged(trainer)
    if trainer.is_world_process_zero():
        write_json(Path(str(config.output_dir)) / RECORD, _record(trainer, data, model, plan))
    if config.push_to_hub:
        trainer.push_to_hub(dataset_name=data.dataset_name)
    metrics = {name: value for log in trainer.state.log_history for name, value in log.items()}
    return {
        "output_dir": str(config.output_dir),
        **plan,
        "steps": trainer.state.global_step,
        "resumed_from": str(checkpoint) if checkpoint else None,
        "metrics": metrics,
    }


def _trainer(data: DataConfig, config: BMCConfig, model: ModelConfig) -> BMCTrainer:
    if model.model_name_or_path is None:
        raise UsageError("model_name_or_path is missing: a hub id, a folder, or demo")
    if data.dataset_name is None:
        raise UsageError("dataset_name is missing: a .parquet, .jsonl or .json file, or a hub id")
    pairs = load_pairs(
        data.dataset_name,
        data.dataset_config,
        data.dataset_train_split,
        streaming=data.dataset_streaming,
        limit=data.limit,
    )
    evaluated = None
    if config.eval_strategy != "no":
        evaluated = load_pairs(
            data.eval_dataset_name or data.dataset_name,
            data.dataset_config,
            data.dataset_test_split,
            streaming=data.dataset_streaming,
            limit=data.limit,
        )
    name, quantization = _model_name(model), get_quantization_config(model)
    config.model_init_kwargs = {
        "revision": model.model_revision,
        "attn_implementation": model.attn_implementation,
        "dtype": model.dtype,
        **(config.model_init_kwargs or {}),
    }
    with _sentences(config):
        return BMCTrainer(
            name,
            args=config,
            train_dataset=pairs,
            eval_dataset=evaluated,
            quantization_config=quantization,
            peft_config=get_peft_config(model),
        )


def _save_merged(trainer: BMCTrainer) -> None:
    if not trainer.is_world_process_zero():
        return
    folder = Path(str(trainer.args.output_dir)) / "merged"
    merged = trainer.accelerator.unwrap_model(trainer.model).merge_and_unload()
    # TRL's fused head stands where the class's own forward was; it is not saved.
    merged.save_pretrained(folder)
    trainer.processing_class.save_pretrained(folder)


def _model_name(model: ModelConfig) -> str:
    from truing_core.models.checkpoint import find_checkpoint

    name = str(model.model_name_or_path)
    if name == "demo":
        from truing_core.models.demo import demo_folder

        return str(demo_folder())
    if Path(name).exists() or name.startswith((".", "/", "~")):
        return str(find_checkpoint(name).folder)
    return name


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


def _record(
    trainer: BMCTrainer, data: DataConfig, model: ModelConfig, plan: dict[str, Any]
) -> dict[str, Any]:
    packages = ("trl", "transformers", "torch", "peft", "accelerate", "datasets")
    return {
        "tool": "bmc-dpo",
        "versions": {"bmc-dpo": __version__, **{name: version(name) for name in packages}},
        "model": model.model_name_or_path,
        "data": data.dataset_name,
        **plan,
        "steps": trainer.state.global_step,
        "config": json.loads(json.dumps(provenance(trainer.args), default=str)),
    }


def _last_checkpoint(config: BMCConfig) -> str | None:
    folder = Path(str(config.output_dir))
    return get_last_checkpoint(str(folder)) if folder.is_dir() else None


def _move_aside(config: BMCConfig) -> None:
    folder = Path(str(config.output_dir))
    if folder.is_dir() and any(folder.iterdir()):
        old = folder.with_name(f"{folder.name}.old-{datetime.now():%Y%m%d-%H%M%S}")
        try:
            folder.rename(old)
        except OSError as error:
            raise disk_error(error, folder) from error
        tell(f"the earlier training is in {old}")


@contextlib.contextmanager
def _sentences(config: BMCConfig) -> Any:
    """Puts what goes wrong in training into sentences, and what trainers print on stderr."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except TruingError:
        raise
    except OSError as error:
        if error.errno is None:  # transformers' way to say that there is no such model
            raise InputError(" ".join(str(error).split())[:300]) from error
        raise disk_error(error) from error
    except (RuntimeError, MemoryError) as error:
        if isinstance(error, MemoryError) or out_of_memory(error):
            raise TruingError(
                "out of memory: lower per_device_train_batch_size (raise "
                "gradient_accumulation_steps to make up), lower max_length, set "
                "precompute_ref_log_probs true, or use_peft true"
            ) from error
        raise
