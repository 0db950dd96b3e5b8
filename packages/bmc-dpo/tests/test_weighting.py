"""λ against an independent float64 formula, and its invariants."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from bmc_dpo import bmc_weights
from bmc_dpo.weighting import WeightedPolicy

rows = st.lists(
    st.tuples(st.floats(-50, 0, allow_nan=False), st.integers(0, 1)), min_size=1, max_size=30
)


def formula(logps, mask, delta):
    """λ in float64, as the paper writes it."""
    probabilities = np.exp(np.asarray(logps, dtype=np.float64))
    with np.errstate(divide="ignore"):
        inverse = 1 / probabilities
    return 1 + np.asarray(mask) * np.minimum(inverse, delta)


@given(rows, st.floats(0, 10))
def test_the_formula(row, delta):
    logps, mask = zip(*row, strict=True)
    weights = bmc_weights(torch.tensor(logps, dtype=torch.float64), torch.tensor(mask), delta)
    np.testing.assert_allclose(weights.numpy(), formula(logps, mask, delta), rtol=1e-12)


@given(rows, st.floats(0.001, 10))
def test_bounds(row, delta):
    logps, mask = (torch.tensor(values) for values in zip(*row, strict=True))
    weights = bmc_weights(logps.float(), mask, delta)
    assert ((weights >= 1) & (weights <= 1 + delta + 1e-6)).all()
    assert (weights[mask == 1] > 1).all()
    assert (weights[mask == 0] == 1).all()


def test_no_delta_no_mask_no_weights():
    logps = torch.tensor([[-0.1, -30.0, -1e4, 0.0]])
    ones = torch.ones(1, 4)
    assert torch.equal(bmc_weights(logps, torch.ones(1, 4), 0.0), ones)
    assert torch.equal(bmc_weights(logps, torch.zeros(1, 4), 3.0), ones)
    assert torch.equal(bmc_weights(logps, torch.ones(1, 4), 3.0)[0, 2:], torch.tensor([4.0, 2.0]))


def test_weights_carry_no_gradient_and_keep_dtype_and_shape():
    for dtype in (torch.float32, torch.bfloat16, torch.float64):
        logps = torch.full((2, 3), -1.0, dtype=dtype, requires_grad=True)
        weights = bmc_weights(logps, torch.ones(2, 3, dtype=torch.long), 9.0)
        assert (weights.dtype, weights.shape, weights.requires_grad) == (dtype, (2, 3), False)
        (weights * logps).sum().backward()
        torch.testing.assert_close(logps.grad, weights)


def policy(logps, diff, ref=None, own=False, mask=None):
    inputs = {}
    made = WeightedPolicy(
        lambda **kwargs: SimpleNamespace(log_probs=logps, logits="as they are"),
        diff_mask=diff,
        completion_mask=torch.ones_like(logps).long() if mask is None else mask,
        ref_logps=ref,
        delta=2.0,
        own_reference_weights=own,
        inputs=inputs,
    )
    return made, inputs


LOGPS = torch.log(torch.tensor([[0.5, 0.8], [0.25, 0.1]], dtype=torch.float64))
REF = torch.log(torch.tensor([[0.9, 0.5], [0.5, 0.2]], dtype=torch.float64))
DIFF = torch.tensor([[1, 0], [1, 1]])


def test_policy_and_reference_share_the_policys_weights():
    made, inputs = policy(LOGPS, DIFF, REF)
    outputs = made(fused_lm_head=True)
    # 1/0.5 = 2 is just δ; 1/0.25 and 1/0.1 are cut to it.
    weights = torch.tensor([[3.0, 1.0], [3.0, 3.0]], dtype=torch.float64)
    torch.testing.assert_close(outputs.log_probs, weights * LOGPS)
    torch.testing.assert_close(inputs["ref_chosen_logps"], (weights * REF)[:1].sum(1))
    torch.testing.assert_close(inputs["ref_rejected_logps"], (weights * REF)[1:].sum(1))


def test_released_weights_the_reference_by_its_own_confidence():
    made, inputs = policy(LOGPS, DIFF, REF, own=True)
    made(fused_lm_head=True)
    expected = (1 + 1 / 0.9) * math.log(0.9) + math.log(0.5)
    torch.testing.assert_close(inputs["ref_chosen_logps"].item(), expected)


def test_without_reference_its_sums_are_zero():
    made, inputs = policy(LOGPS, None)
    outputs = made(fused_lm_head=True)
    assert torch.equal(outputs.log_probs, LOGPS)
    assert inputs["ref_chosen_logps"].tolist() == inputs["ref_rejected_logps"].tolist() == [0.0]


def test_other_calls_pass_through():
    made, inputs = policy(LOGPS, DIFF, REF)
    assert made().logits == "as they are"
    assert inputs == {}
