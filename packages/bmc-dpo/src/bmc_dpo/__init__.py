"""BMC: bridging and modeling correlations in preference pairs (arXiv 2408.07471).

    from bmc_dpo import BMCConfig, BMCTrainer

    trainer = BMCTrainer(model, args=BMCConfig(delta=1.5, beta=0.01), train_dataset=pairs)
    trainer.train()

What ``__all__`` names is the public interface; each name is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bmc_dpo.__about__ import __version__
from truing_core.public_names import public_names

if TYPE_CHECKING:
    from bmc_dpo.alignment import token_diff_masks
    from bmc_dpo.config import BMCConfig
    from bmc_dpo.trainer import BMCTrainer
    from bmc_dpo.weighting import bmc_weights

__all__ = ["BMCConfig", "BMCTrainer", "__version__", "bmc_weights", "token_diff_masks"]

__getattr__, __dir__ = public_names(
    __name__,
    {
        "BMCConfig": "config",
        "BMCTrainer": "trainer",
        "bmc_weights": "weighting",
        "token_diff_masks": "alignment",
    },
)
