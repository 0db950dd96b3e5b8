"""What of a student's training is a matter of the machine, and what decides what is learned."""

from __future__ import annotations

import pytest

from lion_distill.choices import StudentChoice
from lion_distill.imitation import training_values

PAPER = training_values("paper")


def decisive(training):
    return StudentChoice("x/y", training).config()["training"]


@pytest.mark.parametrize(
    "changed",
    [
        {"per_device_train_batch_size": 1, "gradient_accumulation_steps": 128},
        {"gradient_checkpointing": False},
        {"activation_offloading": True},
        {"save_steps": 7, "save_strategy": "epoch", "save_total_limit": 3},
        {"logging_steps": 50, "report_to": "tensorboard", "run_name": "x", "disable_tqdm": True},
        {"dataloader_num_workers": 4, "dataset_num_proc": 8},
    ],
)
def test_what_the_machine_needs_changes_nothing(changed):
    assert decisive({**PAPER, **changed}) == decisive(PAPER)


@pytest.mark.parametrize(
    "changed",
    [
        {"per_device_train_batch_size": 1},
        {"gradient_accumulation_steps": 32},
        {"learning_rate": 1e-4},
        {"max_length": 512},
        {"use_peft": True},
        {"bf16": False},
        {"packing": True},
        {"seed": 1},
        {"something_new": 1},
    ],
)
def test_what_is_learned_counts(changed):
    assert decisive({**PAPER, **changed}) != decisive(PAPER)


def test_a_batch_is_a_product_with_trls_defaults():
    assert decisive({}) == {"batch": 8}
    assert decisive({"gradient_accumulation_steps": 4}) == {"batch": 32}
    assert decisive({"per_device_train_batch_size": "x"}) == {"per_device_train_batch_size": "x"}


def test_what_is_saved_counts_where_the_best_of_it_is_the_student():
    best = {"load_best_model_at_end": True, "save_steps": 5}
    assert decisive(best) == {**best, "batch": 8}
