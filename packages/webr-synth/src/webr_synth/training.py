"""``webr-synth train``: fine-tuning on the rows that ``run`` wrote, with the paper's numbers."""

from __future__ import annotations

from dataclasses import dataclass, field

from truing_core.training.flow import Tool
from truing_core.training.papers import EPOCHS, LENGTH, WARM_UP, PaperConfig, Training

TOOL = Tool("webr-synth", "WebR (arXiv 2504.15573)", record="webr_run.json", data="run")


@dataclass
class WebRConfig(PaperConfig):
    """TRL's SFT configuration with the paper's numbers.

    Four epochs of 4,096 tokens, cosine with a warm-up of a tenth; the learning rate is 2e-5, and
    2e-4 with LoRA. The paper's batch of 128 is a matter of the devices: the recipes have it.
    """

    warmup_steps: float = field(default=0.1, metadata=WARM_UP)
    num_train_epochs: float = field(default=4.0, metadata=EPOCHS)
    max_length: int | None = field(default=4096, metadata=LENGTH)


TRAINING = Training(TOOL, WebRConfig)
parse, train = TRAINING.parse, TRAINING.train
