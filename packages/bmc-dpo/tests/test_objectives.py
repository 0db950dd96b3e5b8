"""The objectives of our own, by float64 formulas and gradcheck."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.autograd import gradcheck

from bmc_dpo.objectives import orpo_loss, rdpo_loss, simpo_loss

CHOSEN = np.array([-12.5, -3.0, -0.4])
REJECTED = np.array([-14.0, -2.0, -9.0])
LENGTHS = np.array([10, 3, 2]), np.array([12, 4, 3])


def tensors(*arrays, grad=True):
    return [torch.tensor(array, dtype=torch.float64, requires_grad=grad) for array in arrays]


def softplus(x):
    return np.log1p(np.exp(x))


def test_rdpo():
    margin = CHOSEN - REJECTED
    loss = rdpo_loss(*tensors(margin, *map(np.float64, LENGTHS)), beta=0.1, alpha=0.02)
    expected = softplus(-(0.1 * margin + 0.02 * (LENGTHS[0] - LENGTHS[1])))
    np.testing.assert_allclose(loss.detach(), expected, rtol=1e-12)


def test_rdpo_learns_less_from_a_longer_winner():
    margin, long, short = torch.zeros(1, requires_grad=True), torch.tensor(9.0), torch.tensor(4.0)
    [of_longer] = torch.autograd.grad(rdpo_loss(margin, long, short, 0.1, 0.2).sum(), margin)
    [of_shorter] = torch.autograd.grad(rdpo_loss(margin, short, long, 0.1, 0.2).sum(), margin)
    assert (of_longer.item(), of_shorter.item()) == pytest.approx(
        (-0.0268941, -0.0731059), abs=1e-6
    )


def test_simpo():
    loss = simpo_loss(*tensors(CHOSEN, REJECTED, *map(np.float64, LENGTHS)), beta=2.0, gamma=0.5)
    expected = softplus(-(2 * (CHOSEN / LENGTHS[0] - REJECTED / LENGTHS[1]) - 0.5))
    np.testing.assert_allclose(loss.detach(), expected, rtol=1e-12)


def test_orpo():
    chosen, rejected = np.exp(CHOSEN / LENGTHS[0]), np.exp(REJECTED / LENGTHS[1])
    odds = np.log(chosen / (1 - chosen)) - np.log(rejected / (1 - rejected))
    lengths = [torch.tensor(length) for length in LENGTHS]
    nll = torch.tensor(0.7, dtype=torch.float64)
    loss = orpo_loss(*tensors(CHOSEN, REJECTED), *lengths, nll, beta=0.3)
    np.testing.assert_allclose(loss.detach(), 0.7 + 0.3 * softplus(-odds), rtol=1e-10)


def test_orpo_is_finite_for_a_certain_completion():
    zeros = torch.zeros(2, requires_grad=True)
    one, nll = torch.ones(2), torch.tensor(0.0)
    loss = orpo_loss(zeros, torch.full((2,), -3.0), one, one, nll, beta=1.0)
    loss.sum().backward()
    assert torch.isfinite(loss).all()
    assert torch.isfinite(zeros.grad).all()


def test_gradients():
    lengths = [torch.tensor(length, dtype=torch.float64) for length in LENGTHS]
    chosen, rejected = tensors(CHOSEN, REJECTED)
    assert gradcheck(lambda c, r: rdpo_loss(c - r, *lengths, 0.1, 0.02), (chosen, rejected))
    assert gradcheck(lambda c, r: simpo_loss(c, r, *lengths, 2.0, 0.5), (chosen, rejected))
    nll = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    assert gradcheck(lambda c, r, n: orpo_loss(c, r, *lengths, n, 0.3), (chosen, rejected, nll))
