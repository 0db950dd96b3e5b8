"""``lte-edit train``: alignment on parallel data (LTE, section 3.1), with the paper's numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from truing_core.training.flow import Tool
from truing_core.training.papers import (
    DROPOUT,
    LENGTH,
    RANK,
    SCALE,
    USE_LORA,
    LoraModelConfig,
    PaperConfig,
    Training,
)

TOOL = Tool("lte-edit", "LTE (arXiv 2402.11905)", record="lte_run.json", data="build-data")


@dataclass
class LTEModelConfig(LoraModelConfig):
    """TRL's model options; LoRA is on, with the numbers of the paper's LTE-LoRA."""

    use_peft: bool = field(default=True, metadata=USE_LORA)
    lora_r: int = field(default=8, metadata=RANK)
    lora_alpha: int = field(default=16, metadata=SCALE)
    lora_dropout: float = field(default=0.05, metadata=DROPOUT)


@dataclass
class LTEConfig(PaperConfig):
    """TRL's SFT configuration with the paper's numbers.

    Three epochs of 2,048 tokens; the learning rate is 3e-4 with LoRA and 2e-5 without.
    """

    lora_rate: ClassVar[float] = 3e-4

    max_length: int | None = field(default=2048, metadata=LENGTH)


TRAINING = Training(TOOL, LTEConfig, LTEModelConfig)
parse, train = TRAINING.parse, TRAINING.train
