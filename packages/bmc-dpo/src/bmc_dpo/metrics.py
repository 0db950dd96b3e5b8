"""What is logged of a batch beside TRL's metrics: counts over all processes, then ratios."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from bmc_dpo.weighting import WeightedPolicy

SIDES = ("chosen", "rejected")
Gather = Callable[[Tensor], Tensor]


def batch_metrics(policy: WeightedPolicy, beta: float, gather: Gather) -> dict[str, float]:
    """The weights of a batch, and what its margin would be without them.

    Args:
        policy: After its call.
        beta: β.
        gather: Collects a tensor from all processes along its first dimension.

    Returns:
        For each side ``bmc/diff_share_*`` (share of completion tokens that differ),
        ``bmc/weight_*`` (mean λ of these) and ``bmc/clipped_share_*`` (share of these whose 1/π is
        at δ or above), and TRL's ``logps/*`` without weights (mean log π of a completion);
        ``bmc/plain_margins``, the mean reward margin with every λ = 1.
    """
    logps = policy.logps.detach()
    lengths = policy.completion_mask.sum(dim=1)
    differing = policy.completion_mask * 0 if policy.diff_mask is None else policy.diff_mask
    clipped = differing * (torch.exp(-logps) >= policy.delta)
    weights = (policy.weights * differing).sum(dim=1)
    columns = [
        lengths, differing.sum(dim=1), weights, clipped.sum(dim=1), logps.sum(dim=1),
        plain_rewards(policy),
    ]  # fmt: skip
    counts = _by_side(columns, gather)
    metrics = {}
    for side, row in zip(SIDES, counts, strict=True):
        rows, tokens, differs, weight, clips, logp, _ = row
        metrics[f"bmc/diff_share_{side}"] = differs / max(tokens, 1)
        metrics[f"bmc/weight_{side}"] = weight / differs if differs else 1.0
        metrics[f"bmc/clipped_share_{side}"] = clips / max(differs, 1)
        metrics[f"logps/{side}"] = logp / rows
    chosen, rejected = (beta * row[-1] / row[0] for row in counts)
    return {**metrics, "bmc/plain_margins": chosen - rejected}


def plain_rewards(policy: WeightedPolicy) -> Tensor:
    """Rewards over β without weights: Σ log(π/π_ref), or the mean log π without a reference.

    Returns:
        (2B,), chosen rows first, without gradient.
    """
    logps = policy.logps.detach()
    if policy.ref_logps is None:
        return logps.sum(dim=1) / policy.completion_mask.sum(dim=1).clamp(min=1)
    return (logps - policy.ref_logps.to(logps.device)).sum(dim=1)


def reward_metrics(
    chosen: Tensor, rejected: Tensor, beta: float, gather: Gather
) -> dict[str, float]:
    """TRL's ``rewards/*``, for an objective whose rewards TRL does not know.

    Args:
        chosen: Rewards over β, (B,).
        rejected: Likewise.
        beta: β.
        gather: Collects a tensor from all processes along its first dimension.
    """
    rewards = torch.stack([chosen, rejected], dim=1).detach() * beta
    chosen, rejected = gather(rewards).T
    return {
        "rewards/chosen": chosen.mean().item(),
        "rewards/rejected": rejected.mean().item(),
        "rewards/accuracies": (chosen > rejected).float().mean().item(),
        "rewards/margins": (chosen - rejected).mean().item(),
    }


def _by_side(columns: list[Tensor], gather: Gather) -> list[list[float]]:
    """Number of rows and sums of the columns, for the chosen and the rejected side."""
    table = torch.stack([torch.ones_like(columns[0]).float(), *(each.float() for each in columns)])
    sums = torch.stack([side.sum(dim=1) for side in table.chunk(2, dim=1)])
    totals: list[list[float]] = gather(sums[None]).sum(dim=0).tolist()
    return totals
