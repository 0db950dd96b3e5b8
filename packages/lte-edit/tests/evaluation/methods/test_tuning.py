"""Training on an edit makes it hold, and leaves no trace behind."""

from __future__ import annotations

import copy

import pytest
import torch

from lte_edit.evaluation.methods.base import Lab
from lte_edit.evaluation.methods.tuning import FineTuning, LoraTuning, mlp_matrix
from lte_edit.evaluation.metrics import token_accuracy
from truing_core.errors import ModelError


@pytest.fixture
def lab(make_subject, weights, choose):
    return Lab(make_subject(model=copy.deepcopy(weights)), choose(), lambda: None)


def accuracy(lab, edit, model):
    row = lab.subject.row(edit.prompt, edit.target)
    [tokens] = lab.subject.predict([row], model)
    return token_accuracy(tokens, row.target)


@pytest.mark.parametrize(
    "method",
    [
        FineTuning(learning_rate=1e-2, steps=60),
        LoraTuning(learning_rate=1e-2, steps=200),
        LoraTuning(learning_rate=1e-2, steps=200, modules=("down_proj",)),
    ],
)
def test_an_edit_holds_inside_the_block_only(lab, cases, method):
    [edit] = cases[2].edits
    before = copy.deepcopy(lab.subject.model.state_dict())
    assert accuracy(lab, edit, lab.subject.model) < 0.8
    with method.edit(lab, [edit], one_by_one=False) as edited:
        assert accuracy(lab, edit, edited.weights) == 1
        assert edited.find(["x"]) == [[]]
    after = lab.subject.model.state_dict()
    assert list(after) == list(before)
    assert all(torch.equal(after[name], before[name]) for name in before)
    assert not any(parameter.requires_grad for parameter in lab.subject.model.parameters())


def test_the_matrix_is_put_back_after_an_error(lab, cases):
    before = mlp_matrix(lab.subject.model).detach().clone()

    def fail():
        with FineTuning().edit(lab, cases[0].edits, one_by_one=False):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert torch.equal(mlp_matrix(lab.subject.model), before)


def test_only_one_matrix_is_trained(lab, cases):
    before = copy.deepcopy(lab.subject.model.state_dict())
    with FineTuning(layer=0).edit(lab, cases[1].edits, one_by_one=True) as edited:
        after = edited.weights.state_dict()
        changed = [name for name in before if not torch.equal(after[name], before[name])]
    assert changed == ["model.layers.0.mlp.down_proj.weight"]


def test_layers_that_are_not_there(weights):
    assert mlp_matrix(weights) is weights.model.layers[1].mlp.down_proj.weight
    with pytest.raises(ModelError, match="there is no layer 7; the model has 2"):
        mlp_matrix(weights, 7)
    with pytest.raises(ModelError, match="Linear has no layers with an MLP"):
        mlp_matrix(torch.nn.Linear(2, 2))


def test_other_architectures():
    from transformers import GPT2Config, GPT2LMHeadModel, GPTNeoXConfig, GPTNeoXForCausalLM

    gpt = GPT2LMHeadModel(GPT2Config(n_layer=3, n_embd=8, n_head=2, vocab_size=9))
    assert mlp_matrix(gpt, 2) is gpt.transformer.h[2].mlp.c_proj.weight
    neox = GPTNeoXForCausalLM(
        GPTNeoXConfig(num_hidden_layers=2, hidden_size=8, num_attention_heads=2,
                      intermediate_size=16, vocab_size=9)
    )  # fmt: skip
    assert mlp_matrix(neox, 0) is neox.gpt_neox.layers[0].mlp.dense_4h_to_h.weight
