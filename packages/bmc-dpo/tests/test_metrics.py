"""Metrics of a batch, against sums by hand."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
import torch

from bmc_dpo.metrics import batch_metrics, plain_rewards, reward_metrics
from bmc_dpo.weighting import WeightedPolicy

LOGPS = torch.log(torch.tensor([[0.5, 0.8], [0.25, 0.1]], dtype=torch.float64))
REF = torch.log(torch.tensor([[0.9, 0.5], [0.5, 0.2]], dtype=torch.float64))
# The first token of the chosen row belongs to the prompt.
COMPLETION = torch.tensor([[0, 1], [1, 1]])


def policy(ref=REF, diff=((1, 1), (0, 1))):
    made = WeightedPolicy(
        lambda **kwargs: SimpleNamespace(log_probs=LOGPS),
        diff_mask=None if diff is None else torch.tensor(diff),
        completion_mask=COMPLETION,
        ref_logps=ref,
        delta=2.0,
        own_reference_weights=False,
        inputs={},
    )
    made(fused_lm_head=True)
    return made


def test_shares_weights_and_clipping_count_completion_tokens_only():
    metrics = batch_metrics(policy(), 0.1, lambda tensor: tensor)
    assert metrics["bmc/diff_share_chosen"] == 1
    assert metrics["bmc/diff_share_rejected"] == 0.5
    assert metrics["bmc/weight_chosen"] == pytest.approx(1 + 1 / 0.8)
    assert metrics["bmc/weight_rejected"] == pytest.approx(3)  # 1/0.1, cut to δ = 2
    assert metrics["bmc/clipped_share_chosen"] == 0
    assert metrics["bmc/clipped_share_rejected"] == 1


def test_plain_margins_have_no_weights():
    metrics = batch_metrics(policy(), 0.1, lambda tensor: tensor)
    ratios = (LOGPS - REF).sum(dim=1).tolist()
    assert metrics["bmc/plain_margins"] == pytest.approx(0.1 * (ratios[0] - ratios[1]))
    assert plain_rewards(policy()).tolist() == pytest.approx(ratios)


def test_without_reference_rewards_are_means_of_log_probabilities():
    expected = [math.log(0.5 * 0.8), math.log(0.25 * 0.1) / 2]
    assert plain_rewards(policy(ref=None)).tolist() == pytest.approx(expected)


def test_without_a_differing_token_the_mean_weight_is_one():
    metrics = batch_metrics(policy(diff=None), 0.1, lambda tensor: tensor)
    assert metrics["bmc/diff_share_chosen"] == metrics["bmc/clipped_share_chosen"] == 0
    assert metrics["bmc/weight_chosen"] == 1


def test_counts_of_processes_are_summed():
    def gather(tensor):  # a second process with the same batch
        return torch.cat([tensor, tensor])

    alone, together = (batch_metrics(policy(), 0.1, how) for how in (lambda t: t, gather))
    assert together == pytest.approx(alone)
    assert together["logps/rejected"] == pytest.approx(math.log(0.025))


def test_rewards_of_an_objective_of_our_own():
    chosen, rejected = torch.tensor([1.0, 2.0]), torch.tensor([0.5, 3.0])
    assert reward_metrics(chosen, rejected, 2.0, lambda tensor: tensor) == {
        "rewards/chosen": 3.0,
        "rewards/rejected": 3.5,
        "rewards/accuracies": 0.5,
        "rewards/margins": -0.5,
    }
