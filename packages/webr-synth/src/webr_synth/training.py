"""``webr-synth train``: fine-tuning on the rows that ``run`` wrote, with the paper's numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from trl import ModelConfig

from truing_core.training import arguments as shared
from truing_core.training.arguments import CommandArguments, DataArguments
from truing_core.training.sft import AnswersConfig, Tool, train_answers

FULL_RATE, LORA_RATE = 2e-5, 2e-4

TOOL = Tool("webr-synth", "WebR (arXiv 2504.15573)", record="webr_run.json", data="run")


@dataclass
class WebRModelConfig(ModelConfig):  # type: ignore[misc]
    """TRL's model options; all weights are trained, as the paper does, unless LoRA is asked for."""

    use_peft: bool = field(
        default=False,
        metadata={"help": "Train a LoRA adapter in place of all weights."},
    )
    lora_r: int = field(default=16, metadata={"help": "Rank of LoRA's matrices."})
    lora_alpha: int = field(default=32, metadata={"help": "Scale of LoRA's matrices."})
    lora_target_modules: list[str] | None = field(
        default_factory=lambda: ["all-linear"],
        metadata={"help": "Where LoRA works: names of modules, or all-linear.", "nargs": "+"},
    )


@dataclass
class WebRConfig(AnswersConfig):
    """TRL's SFT configuration with the paper's numbers.

    Four epochs of 4,096 tokens, cosine with a warm-up of a tenth; the learning rate is 2e-5, and
    2e-4 with LoRA. The paper's batch of 128 is a matter of the devices: the recipes have it.
    """

    learning_rate: float | None = field(
        default=None,
        metadata={"help": "The initial learning rate for AdamW; by default 2e-5, with LoRA 2e-4."},
    )
    lr_scheduler_type: str = field(
        default="cosine", metadata={"help": "The learning rate scheduler."}
    )
    warmup_steps: float = field(
        default=0.1, metadata={"help": "Warm-up: a number of steps, or a share of them below 1."}
    )
    num_train_epochs: float = field(default=4.0, metadata={"help": "Passes over the data."})
    max_length: int | None = field(
        default=4096,
        metadata={"help": "Longest request and answer together, in tokens; longer are cut."},
    )

    def suit_method(self, lora: bool) -> None:
        """Chooses the learning rate where nobody did."""
        if self.learning_rate is None:
            self.learning_rate = LORA_RATE if lora else FULL_RATE


Arguments = tuple[DataArguments, WebRConfig, WebRModelConfig, CommandArguments]


def parse(arguments: Sequence[str]) -> Arguments:
    """Reads flags and ``--config FILE.yaml``; flags win. ``--help`` prints every field.

    Raises:
        UsageError: A field is unknown or has a value that cannot be.
    """
    kinds = (DataArguments, WebRConfig, WebRModelConfig, CommandArguments)
    data, config, model, command = shared.parse("webr-synth train", kinds, arguments)
    config.suit_method(model.use_peft)
    return data, config, model, command


def train(arguments: Arguments) -> dict[str, Any]:
    """Trains, or goes on with a training that was interrupted, and saves the model.

    Returns:
        Where the model is, how many answers and steps it took, and the last metrics.

    Raises:
        TruingError: Something the user can mend; checkpoints stand.
    """
    data, config, model, command = arguments
    config.suit_method(model.use_peft)
    return train_answers(TOOL, data, config, model, command)
