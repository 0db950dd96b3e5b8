"""The token weights λ of BMC."""

from __future__ import annotations

import torch
from torch import Tensor


def bmc_weights(logps: Tensor, mask: Tensor, delta: float) -> Tensor:
    """λ_t = 1 + mask_t · min(sg[1 / π(y_t)], δ) (arXiv 2408.07471, equation 5 and section 3.2).

    A token that differs weighs the more the less likely the model finds it; the others weigh 1.

    Args:
        logps: Log-probabilities of the tokens, of any shape and floating dtype.
        mask: 1 (or true) where a token differs; of ``logps``' shape.
        delta: δ, the most that is added; 0 gives ones.

    Returns:
        Weights of ``logps``' shape and dtype, in [1, 1 + δ], without gradient.
    """
    confidence = torch.exp(-logps.detach()).clamp(max=delta)
    return torch.where(mask.bool(), 1 + confidence, torch.ones_like(confidence))
