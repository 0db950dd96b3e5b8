"""Fine-tuning on conversations by TRL's SFT trainer, with the loss on answers alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trl import ModelConfig, SFTConfig, SFTTrainer, get_peft_config, get_quantization_config

from truing_core.errors import InputError, UsageError
from truing_core.training.arguments import CommandArguments, DataArguments
from truing_core.training.datafiles import load_rows
from truing_core.training.flow import Plan, Tool, train_and_save
from truing_core.training.folders import add_to_card, base_model, init_kwargs
from truing_core.training.machine import sentences, suit
from truing_core.training.turns import MESSAGES, to_turns

# A checkpoint goes on only with these as they were: they decide what is learned.
_DECISIVE = (
    "learning_rate", "num_train_epochs", "max_steps", "max_length", "packing", "seed",
    "lr_scheduler_type", "warmup_steps",
)  # fmt: skip
_MEMORY = (
    "lower per_device_train_batch_size (raise gradient_accumulation_steps to make up), lower "
    "max_length, set gradient_checkpointing true, or use_peft true"
)


@dataclass
class AnswersConfig(SFTConfig):  # type: ignore[misc]
    """TRL's SFT configuration for the loss on answers; a tool adds the numbers of its paper.

    On a machine without an accelerator it chooses float32 on the CPU, where TRL's own would refuse.

    Raises:
        UsageError: A field has a value that cannot be.
    """

    bf16: bool | None = field(
        default=None,
        metadata={"help": "Mixed precision in bfloat16; by default yes with an accelerator."},
    )

    def __post_init__(self) -> None:
        if self.assistant_only_loss:
            raise UsageError(
                "assistant_only_loss is always so here: each answer is a completion of its own; "
                "leave it out"
            )
        if getattr(self, "completion_only_loss", None) is False:
            raise UsageError("the loss is on completions alone; leave completion_only_loss out")
        self.completion_only_loss = True
        suit(self)
        super().__post_init__()

    def decisive(self) -> dict[str, Any]:
        """The values that decide what is learned, for the model card."""
        return {name: getattr(self, name) for name in _DECISIVE}


def train_answers(
    tool: Tool,
    data: DataArguments,
    config: AnswersConfig,
    model: ModelConfig,
    command: CommandArguments,
) -> dict[str, Any]:
    """Trains, or goes on with a training that was interrupted, and saves the model.

    Returns:
        Where the model is, how many answers and steps it took, and the last metrics.

    Raises:
        TruingError: Something the user can mend; checkpoints stand.
    """

    def prepare() -> tuple[SFTTrainer, Plan]:
        trainer = make_trainer(tool, data, config, model)
        return trainer, _plan(trainer, model)

    return train_and_save(
        tool,
        prepare,
        data,
        config,
        model,
        command,
        memory_advice=_MEMORY,
        complete_card=lambda trainer: add_to_card(trainer, tool.heading, config.decisive()),
    )


def make_trainer(
    tool: Tool, data: DataArguments, config: AnswersConfig, model: ModelConfig
) -> SFTTrainer:
    """The trainer over checked data; data are looked at before the model is loaded.

    Raises:
        TruingError: There are no such data or no such model, or they do not go together.
    """
    if data.dataset_name is None:
        raise UsageError(f"dataset_name is missing: what {tool.data} wrote, or a hub id")
    name = base_model(model.model_name_or_path)
    rows = _rows(tool, data, data.dataset_name, data.dataset_train_split)
    evaluated = None
    if config.eval_strategy != "no":
        source = data.eval_dataset_name or data.dataset_name
        evaluated = _rows(tool, data, source, data.dataset_test_split)
    config.model_init_kwargs = {
        **init_kwargs(model),
        "quantization_config": get_quantization_config(model),
        **(config.model_init_kwargs or {}),
    }
    try:
        with sentences(_MEMORY):
            trainer = SFTTrainer(
                name,
                args=config,
                train_dataset=rows,
                eval_dataset=evaluated,
                peft_config=get_peft_config(model),
            )
    except ValueError as error:
        if "chat_template is not set" not in str(error):
            raise
        raise _no_template(model) from None
    if not trainer.processing_class.chat_template:
        raise _no_template(model)
    rows_of_embedding = trainer.model.get_input_embeddings().num_embeddings
    if (ids := len(trainer.processing_class)) > rows_of_embedding:
        raise InputError(
            f"its tokenizer has {ids:,} tokens, its model embeddings for {rows_of_embedding:,}: "
            "they do not belong together; take both from one model",
            path=str(model.model_name_or_path),
        )
    return trainer


def _no_template(model: ModelConfig) -> InputError:
    return InputError(
        "has no chat template (it may be a base model); give one with --chat_template_path, "
        "a tokenizer or a jinja2 file",
        path=str(model.model_name_or_path),
    )


def _rows(tool: Tool, data: DataArguments, source: str, split: str) -> Any:
    rows = load_rows(
        source,
        data.dataset_config,
        split,
        only=MESSAGES,
        streaming=data.dataset_streaming,
        limit=data.limit,
    )
    try:
        return to_turns(rows, Path(source).name, f"what {tool.data} writes")
    except InputError:
        raise
    except Exception as error:  # datasets wraps what a row's check says, in processes of its own
        cause = error.__cause__
        if isinstance(cause, InputError):
            raise cause from None
        raise


def _plan(trainer: SFTTrainer, model: ModelConfig) -> dict[str, Any]:
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
