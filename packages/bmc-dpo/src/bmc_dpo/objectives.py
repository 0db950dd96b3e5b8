"""The objectives TRL's DPO trainer lacks, over sums of weighted log-probabilities (X-BMC).

Each takes tensors of shape (pairs,) and returns the loss of each pair, (pairs,). Lengths count
tokens, whatever the tokens weigh. Without weights they are the objectives as published.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from bmc_dpo.config import BMCConfig
from bmc_dpo.weighting import WeightedPolicy

_ALMOST_CERTAIN = -1e-7  # log(1 - p) has no value at p = 1


def rdpo_loss(
    margin: Tensor, chosen_lengths: Tensor, rejected_lengths: Tensor, beta: float, alpha: float
) -> Tensor:
    """R-DPO: −log σ(β · margin + α (|y_w| − |y_l|)) (arXiv 2403.19159, equation 9).

    A length that costs α a token makes the reward β · log-ratio + α |y|: what a longer winner
    owes to its length need not be learnt.

    Args:
        margin: Log-ratio of the chosen side minus that of the rejected one.
        chosen_lengths: Tokens of the chosen completions.
        rejected_lengths: Tokens of the rejected completions.
        beta: β.
        alpha: α, what a token costs.
    """
    return -F.logsigmoid(beta * margin + alpha * (chosen_lengths - rejected_lengths))


def simpo_loss(
    chosen_logps: Tensor,
    rejected_logps: Tensor,
    chosen_lengths: Tensor,
    rejected_lengths: Tensor,
    beta: float,
    gamma: float,
) -> Tensor:
    """SimPO: −log σ(β log π(y_w)/|y_w| − β log π(y_l)/|y_l| − γ) (arXiv 2405.14734, eq. 6)."""
    chosen, rejected = chosen_logps / chosen_lengths, rejected_logps / rejected_lengths
    return -F.logsigmoid(beta * (chosen - rejected) - gamma)


def orpo_loss(
    chosen_logps: Tensor,
    rejected_logps: Tensor,
    chosen_lengths: Tensor,
    rejected_lengths: Tensor,
    nll: Tensor,
    beta: float,
) -> Tensor:
    """ORPO: NLL(y_w) − β log σ(log odds(y_w) − log odds(y_l)) (arXiv 2403.07691, equation 6).

    Odds are of mean log-probabilities. As in the authors' code for BMC, the weights enter the
    odds; the likelihood term stays plain.

    Args:
        chosen_logps: Sums over the chosen completions.
        rejected_logps: Sums over the rejected completions.
        chosen_lengths: Tokens of the chosen completions.
        rejected_lengths: Tokens of the rejected completions.
        nll: Mean negative log-likelihood of the chosen tokens, without weights; a scalar.
        beta: The weight of the odds ratio (λ in the ORPO paper).
    """
    chosen = (chosen_logps / chosen_lengths).clamp(max=_ALMOST_CERTAIN)
    rejected = (rejected_logps / rejected_lengths).clamp(max=_ALMOST_CERTAIN)
    log_odds = chosen - rejected - (_log1mexp(chosen) - _log1mexp(rejected))
    return nll - beta * F.logsigmoid(log_odds)


def _log1mexp(x: Tensor) -> Tensor:
    """log(1 − exp(x)) for x < 0, exact near 0, too."""
    return torch.log(-torch.expm1(x))


def objective_loss(
    args: BMCConfig, policy: WeightedPolicy
) -> tuple[Tensor, tuple[Tensor, Tensor] | None]:
    """The loss of rdpo, simpo or orpo, with the policy's weighted sums.

    Args:
        args: Names the objective and its constants.
        policy: After its call, on 2B rows.

    Returns:
        Losses, (B,); and the rewards over β of both sides where they are not DPO's, else ``None``.
    """
    sums = policy.weighted.sum(dim=1)
    chosen, rejected = sums.chunk(2)
    first, second = policy.completion_mask.sum(dim=1).clamp(min=1).chunk(2)
    if args.objective == "rdpo":
        chosen, rejected = (sums - policy.reference_sums).chunk(2)
        alpha = args.beta if args.rdpo_alpha is None else args.rdpo_alpha
        if args.bmc_mode == "released":  # the authors' code has the other sign
            alpha = -alpha
        return rdpo_loss(chosen - rejected, first, second, args.beta, alpha), None
    rewards = (chosen / first, rejected / second)
    if args.objective == "simpo":
        return simpo_loss(chosen, rejected, first, second, args.beta, args.simpo_gamma), rewards
    nll = -policy.logps.chunk(2)[0].sum() / first.sum()
    return orpo_loss(chosen, rejected, first, second, nll, args.beta), rewards
