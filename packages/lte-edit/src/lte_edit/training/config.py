"""What LTE's defaults are among TRL's; the help texts are their documentation."""

from __future__ import annotations

from dataclasses import dataclass, field

from trl import ModelConfig

from truing_core.training.sft import AnswersConfig

LORA_RATE, FULL_RATE = 3e-4, 2e-5


@dataclass
class LTEModelConfig(ModelConfig):  # type: ignore[misc]
    """TRL's model options; LoRA is on, with the numbers of the paper's LTE-LoRA."""

    use_peft: bool = field(
        default=True,
        metadata={"help": "Train a LoRA adapter; 'false' trains all weights."},
    )
    lora_r: int = field(default=8, metadata={"help": "Rank of LoRA's matrices."})
    lora_alpha: int = field(default=16, metadata={"help": "Scale of LoRA's matrices."})
    lora_dropout: float = field(default=0.05, metadata={"help": "Dropout in LoRA's layers."})
    lora_target_modules: list[str] | None = field(
        default_factory=lambda: ["all-linear"],
        metadata={"help": "Where LoRA works: names of modules, or all-linear.", "nargs": "+"},
    )


@dataclass
class LTEConfig(AnswersConfig):
    """TRL's SFT configuration with the paper's numbers.

    Three epochs of 2,048 tokens; the learning rate is 3e-4 with LoRA and 2e-5 without.
    """

    learning_rate: float | None = field(
        default=None,
        metadata={"help": "The initial learning rate for AdamW; by default 3e-4 with LoRA, 2e-5 "
                  "without."},
    )  # fmt: skip
    lr_scheduler_type: str = field(
        default="cosine", metadata={"help": "The learning rate scheduler."}
    )
    warmup_steps: float = field(
        default=0.03, metadata={"help": "Warm-up: a number of steps, or a share of them below 1."}
    )
    num_train_epochs: float = field(default=3.0, metadata={"help": "Passes over the data."})
    max_length: int | None = field(
        default=2048,
        metadata={"help": "Longest question and answer together, in tokens; longer are cut."},
    )

    def suit_method(self, lora: bool) -> None:
        """Chooses the learning rate where nobody did."""
        if self.learning_rate is None:
            self.learning_rate = LORA_RATE if lora else FULL_RATE
