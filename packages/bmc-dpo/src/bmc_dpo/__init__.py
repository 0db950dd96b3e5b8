"""BMC: bridging and modeling correlations in preference pairs (arXiv 2408.07471).

    from bmc_dpo import BMCConfig, BMCTrainer

    trainer = BMCTrainer(model, args=BMCConfig(delta=1.5, beta=0.01), train_dataset=pairs)
    trainer.train()

What ``__all__`` names is the public interface; each name is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from bmc_dpo.__about__ import __version__

if TYPE_CHECKING:
    from bmc_dpo.alignment import token_diff_masks
    from bmc_dpo.config import BMCConfig
    from bmc_dpo.trainer import BMCTrainer
    from bmc_dpo.weighting import bmc_weights

__all__ = ["BMCConfig", "BMCTrainer", "__version__", "bmc_weights", "token_diff_masks"]

_HOME_OF = {
    "BMCConfig": "config",
    "BMCTrainer": "trainer",
    "bmc_weights": "weighting",
    "token_diff_masks": "alignment",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'bmc_dpo' has no attribute '{name}'")
    value = getattr(import_module(f"bmc_dpo.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
