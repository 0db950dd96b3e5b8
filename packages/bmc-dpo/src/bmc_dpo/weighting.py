"""The token weights λ of BMC, and a policy whose log-probabilities carry them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def bmc_weights(logps: Tensor, mask: Tensor, delta: float) -> Tensor:
    """λ_t = 1 + mask_t · min(sg[1 / π(y_t)], δ) (arXiv 2408.07471, section 3.2).

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


class WeightedPolicy:
    """Stands for the policy in TRL's loss, where it is called once with ``fused_lm_head=True``.

    The call runs the model, multiplies its ``log_probs`` by λ, and puts the reference's weighted
    sums where TRL looks for precomputed ones. Other calls pass through.

    Args:
        model: The policy, as the trainer wraps it.
        diff_mask: (2B × T), chosen rows first; ``None`` gives every token the weight 1.
        completion_mask: (2B × T); 1 where a completion token is predicted.
        ref_logps: (2B × T), the reference's log-probabilities; ``None`` compares with none.
        delta: δ.
        own_reference_weights: Weight the reference by its own confidence (mode ``released``).
        inputs: The batch that TRL's loss was given; gets ``ref_chosen_logps`` and
            ``ref_rejected_logps``.

    Attributes:
        logps: After the call: log-probabilities, 2B × T.
        weights: λ, 2B × T.
        weighted: Their product.
        reference_sums: Σ λ_t log π_ref(y_t), 2B.
        ref_logps: As given.
        delta: As given.
    """

    logps: Tensor
    weights: Tensor
    weighted: Tensor
    reference_sums: Tensor

    def __init__(
        self,
        model: Any,
        *,
        diff_mask: Tensor | None,
        completion_mask: Tensor,
        ref_logps: Tensor | None,
        delta: float,
        own_reference_weights: bool,
        inputs: dict[str, Any],
    ) -> None:
        self._model, self._inputs = model, inputs
        self.delta, self._own_reference_weights = delta, own_reference_weights
        self.ref_logps = ref_logps
        self.completion_mask = completion_mask
        # The authors' whole-row masks also cover the prompt, where log-probabilities are zero.
        self.diff_mask = None if diff_mask is None else diff_mask * completion_mask

    def __call__(self, **kwargs: Any) -> Any:
        outputs = self._model(**kwargs)
        if not kwargs.get("fused_lm_head"):
            return outputs
        # Prompt-learning PEFT puts virtual tokens first.
        self.logps = outputs.log_probs[:, -self.completion_mask.size(1) :]
        self.weights = self._weights(self.logps)
        self.weighted = self.logps if self.diff_mask is None else self.weights * self.logps
        self.reference_sums = self._reference_sums()
        chosen, rejected = self.reference_sums.chunk(2)
        self._inputs["ref_chosen_logps"], self._inputs["ref_rejected_logps"] = chosen, rejected
        outputs.log_probs = self.weighted
        return outputs

    def _weights(self, logps: Tensor) -> Tensor:
        if self.diff_mask is None:
            return torch.ones_like(logps.detach())
        return bmc_weights(logps, self.diff_mask, self.delta)

    def _reference_sums(self) -> Tensor:
        if self.ref_logps is None:
            return torch.zeros_like(self.logps[:, 0].detach())
        logps = self.ref_logps.to(self.logps.device)
        if self.diff_mask is None:
            return logps.sum(dim=1)
        weights = self._weights(logps) if self._own_reference_weights else self.weights
        return (weights * logps).sum(dim=1)
