"""``lion-distill train``: imitation of a teacher's answers, with the paper's numbers."""

from __future__ import annotations

from dataclasses import dataclass, field

from truing_core.training.flow import Tool
from truing_core.training.papers import PaperConfig, Training

TOOL = Tool("lion-distill", "Lion (arXiv 2305.12870)", record="lion_run.json", data="respond")


@dataclass
class LionConfig(PaperConfig):
    """TRL's SFT configuration with the paper's numbers.

    Three epochs of 1,024 tokens, cosine with a warm-up of 0.03; the learning rate is 2e-5, and
    2e-4 with LoRA. The paper's batch of 128 is a matter of the devices: the recipes have it.

    Each step is dealt out by length: the answers of a step are those that chance gives it, and only
    among its own parts those of like length go together. That spares padding and changes no
    gradient, since the loss of a step is the mean over its tokens.
    """

    train_sampling_strategy: str = field(
        default="batch_rebalance",
        metadata={
            "help": "How answers come into steps: batch_rebalance (answers of like length together "
            "within a step), random, sequential, group_by_length.",
            "choices": ["batch_rebalance", "random", "sequential", "group_by_length"],
        },
    )


TRAINING = Training(TOOL, LionConfig)
parse, train = TRAINING.parse, TRAINING.train
