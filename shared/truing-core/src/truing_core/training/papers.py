"""The ``train`` command of a tool that learns answers: its paper's numbers over TRL's own.

@dataclass
class MyConfig(PaperConfig):
    warmup_steps: float = field(default=0.1, metadata=WARM_UP)

TRAINING = Training(Tool(...), MyConfig)
parse, train = TRAINING.parse, TRAINING.train
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from trl import ModelConfig

from truing_core.training import arguments as shared
from truing_core.training.arguments import CommandArguments, DataArguments
from truing_core.training.flow import Tool
from truing_core.training.sft import AnswersConfig, train_answers

RATE = {"help": "The initial learning rate for AdamW; by default it depends on use_peft."}
WARM_UP = {"help": "Warm-up: a number of steps, or a share of them below 1."}
EPOCHS = {"help": "Passes over the data."}
LENGTH = {"help": "Longest request and answer together, in tokens; longer are cut."}
USE_LORA = {"help": "Train a LoRA adapter; 'false' trains all weights."}
RANK = {"help": "Rank of LoRA's matrices."}
SCALE = {"help": "Scale of LoRA's matrices."}
DROPOUT = {"help": "Dropout in LoRA's layers."}


@dataclass
class LoraModelConfig(ModelConfig):  # type: ignore[misc]
    """TRL's model options; all weights are trained unless LoRA is asked for, and then all layers.

    A tool whose paper has other numbers overrides them.
    """

    use_peft: bool = field(default=False, metadata=USE_LORA)
    lora_r: int = field(default=16, metadata=RANK)
    lora_alpha: int = field(default=32, metadata=SCALE)
    lora_target_modules: list[str] | None = field(
        default_factory=lambda: ["all-linear"],
        metadata={"help": "Where LoRA works: names of modules, or all-linear.", "nargs": "+"},
    )


@dataclass
class PaperConfig(AnswersConfig):
    """TRL's SFT configuration with what instruction tuning mostly uses.

    A tool overrides what its paper does otherwise.

    Attributes:
        full_rate: The learning rate where all weights are trained and nobody chose one.
        lora_rate: Likewise with LoRA.
    """

    full_rate: ClassVar[float] = 2e-5
    lora_rate: ClassVar[float] = 2e-4

    learning_rate: float | None = field(default=None, metadata=RATE)
    lr_scheduler_type: str = field(
        default="cosine", metadata={"help": "The learning rate scheduler."}
    )
    warmup_steps: float = field(default=0.03, metadata=WARM_UP)
    num_train_epochs: float = field(default=3.0, metadata=EPOCHS)
    max_length: int | None = field(default=1024, metadata=LENGTH)

    def suit_method(self, lora: bool) -> None:
        """Chooses the learning rate where nobody did."""
        if self.learning_rate is None:
            self.learning_rate = self.lora_rate if lora else self.full_rate


Arguments = tuple[DataArguments, PaperConfig, LoraModelConfig, CommandArguments]


@dataclass(frozen=True)
class Training:
    """A tool's ``train``: from arguments to a model.

    Attributes:
        tool: Whose it is.
        config: The paper's numbers.
        model: What is trained of a model by default.
    """

    tool: Tool
    config: type[PaperConfig]
    model: type[LoraModelConfig] = LoraModelConfig

    def parse(self, arguments: Sequence[str]) -> Arguments:
        """Reads flags and ``--config FILE.yaml``; flags win. ``--help`` prints every field.

        Raises:
            UsageError: A field is unknown or has a value that cannot be.
        """
        kinds = (DataArguments, self.config, self.model, CommandArguments)
        data, config, model, command = shared.parse(f"{self.tool.name} train", kinds, arguments)
        config.suit_method(model.use_peft)
        return data, config, model, command

    def train(self, arguments: Arguments) -> dict[str, Any]:
        """Trains, or goes on with a training that was interrupted, and saves the model.

        Returns:
            Where the model is, how many answers and steps it took, and the last metrics.

        Raises:
            TruingError: Something the user can mend; checkpoints stand.
        """
        data, config, model, command = arguments
        config.suit_method(model.use_peft)
        return train_answers(self.tool, data, config, model, command)
