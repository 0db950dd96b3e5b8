"""Fields that cannot be, defaults that follow the mode, and a machine without accelerator."""

from __future__ import annotations

from dataclasses import fields

import pytest
import torch
from trl import DPOConfig

from bmc_dpo import BMCConfig
from truing_core.errors import UsageError
from truing_core.training.folders import provenance


def test_defaults_are_the_papers():
    config = BMCConfig("out")
    assert (config.beta, config.delta, config.learning_rate) == (0.01, 1.5, 5e-7)
    assert (config.lr_scheduler_type, config.warmup_steps, config.num_train_epochs) == (
        "cosine", 0.1, 1.0,
    )  # fmt: skip
    assert (config.bmc_mode, config.diff_algorithm, config.ignore_stopwords) == (
        "paper", "levenshtein", False,
    )  # fmt: skip
    assert config.weighted
    assert config.bridged
    assert not config.reference_free


def test_simpos_beta_is_of_another_size():
    """It scales a mean over tokens, the others' a sum."""
    others = {BMCConfig("out", objective=name).beta for name in ("dpo", "ipo", "rdpo", "orpo")}
    assert others == {0.01}
    assert BMCConfig("out", objective="simpo").beta == 2.0
    assert BMCConfig("out", objective="simpo", beta=0.01).beta == 0.01
    assert BMCConfig("out", beta=0.0).beta == 0.0


def test_released_mode_brings_its_rules_unless_told_otherwise():
    released = BMCConfig("out", bmc_mode="released")
    assert (released.diff_algorithm, released.ignore_stopwords) == ("difflib", True)
    mixed = BMCConfig(
        "out", bmc_mode="released", diff_algorithm="levenshtein", ignore_stopwords=False
    )
    assert (mixed.diff_algorithm, mixed.ignore_stopwords) == ("levenshtein", False)


@pytest.mark.parametrize(
    ("variant", "delta", "weighted", "bridged"),
    [
        ("bmc", 1.5, True, True),
        ("bmc", 0.0, False, True),
        ("bc", 1.5, False, True),
        ("mc", 1.5, True, False),
        ("plain", 1.5, False, False),
    ],
)
def test_variants(variant, delta, weighted, bridged):
    config = BMCConfig("out", variant=variant, delta=delta)
    assert (config.weighted, config.bridged) == (weighted, bridged)


@pytest.mark.skipif(torch.accelerator.is_available(), reason="there is an accelerator")
def test_without_accelerator_it_is_float32_on_the_cpu():
    config = BMCConfig("out")
    assert (config.use_cpu, config.bf16) == (True, False)
    assert BMCConfig("out", bf16=True, use_cpu=True).bf16


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"delta": -0.1}, "delta is -0.1; expected a number from 0 up"),
        ({"delta": float("nan")}, "delta is nan"),
        ({"objective": "kto"}, "objective is 'kto'; expected one of dpo, ipo, rdpo, simpo, orpo"),
        ({"bmc_mode": "fixed"}, "bmc_mode is 'fixed'; expected one of paper, released"),
        ({"variant": "dpo"}, "variant is 'dpo'; expected one of bmc, bc, mc, plain"),
        ({"diff_algorithm": "myers"}, "diff_algorithm is 'myers'"),
        ({"objective": "simpo", "loss_type": ["hinge"]}, "leave loss_type \\(hinge\\) out"),
        ({"ld_alpha": 0.5}, "ld_alpha gives tokens other weights"),
        ({"use_weighting": True}, "use_weighting \\(WPO\\)"),
        ({"loss_type": ["sigmoid", "sft"]}, "loss type 'sft' would be weighted"),
        ({"padding_free": True}, "padding_free"),
    ],
)
def test_what_cannot_be_is_one_sentence(fields, said):
    with pytest.raises(UsageError, match=said):
        BMCConfig("out", **fields)


def test_what_trl_can_do_without_weights_stays_possible():
    BMCConfig("out", variant="bc", use_weighting=True)
    BMCConfig("out", delta=0.0, loss_type=["sigmoid", "sft"])


def test_ipo_is_trls_loss():
    assert BMCConfig("out", objective="ipo").loss_type == ["ipo"]


def test_its_own_fields_and_provenance():
    upstream = {each.name for each in fields(DPOConfig)}
    assert {each.name for each in fields(BMCConfig)} - upstream == {
        "delta", "bmc_mode", "diff_algorithm", "ignore_stopwords", "objective", "variant",
        "rdpo_alpha", "simpo_gamma",
    }  # fmt: skip
    record = provenance(BMCConfig("out", hub_token="hf_secret"))
    assert record["delta"] == 1.5
    assert "hf_secret" not in str(record)


def test_what_shapes_the_loss_is_decisive():
    chosen = {
        "label_smoothing": 0.1,
        "loss_weights": [0.5, 0.5],
        "f_divergence_type": "js_divergence",
    }
    decisive = BMCConfig("out", loss_type=["sigmoid", "hinge"], variant="bc", **chosen).decisive()
    assert {name: decisive[name] for name in chosen} == chosen


def test_everything_that_is_optimised_by_is_decisive():
    assert BMCConfig("out").decisive().keys() == {
        "beta", "bmc_mode", "delta", "diff_algorithm", "disable_dropout", "discopop_tau",
        "f_alpha_divergence_coef", "f_divergence_type", "ignore_stopwords", "label_smoothing",
        "ld_alpha", "loss_type", "loss_weights", "max_length", "objective", "padding_free",
        "rdpo_alpha", "ref_model_mixup_alpha", "ref_model_sync_steps", "router_aux_loss_coef",
        "simpo_gamma", "sync_ref_model", "truncation_mode", "use_weighting", "variant",
    }  # fmt: skip


def test_the_machine_and_the_pace_are_not_decisive():
    same = {
        "per_device_train_batch_size": 2, "gradient_accumulation_steps": 4, "num_train_epochs": 3,
        "learning_rate": 1e-6, "output_dir": "elsewhere", "precompute_ref_log_probs": True,
        "model_init_kwargs": {"dtype": "float32"}, "dataset_num_proc": 2,
    }  # fmt: skip
    assert BMCConfig(**same).decisive() == BMCConfig("out").decisive()
