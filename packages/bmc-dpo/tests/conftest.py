"""A tiny model, a few pairs, and trainers of both kinds over them."""

from __future__ import annotations

import os

import pytest

os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

PAIRS = [
    {
        "prompt": "Where does the river go?",
        "chosen": "It goes down to the sea.",
        "rejected": "It goes up to the sky.",
    },
    {
        "prompt": "Name three fruits.",
        "chosen": "An apple, a pear and a plum.",
        "rejected": "An apple, a chair and a plum, and nothing else at all.",
    },
    {"prompt": "Say yes.", "chosen": "Yes", "rejected": "No, I will not say that."},
    {
        "prompt": "Count to five.",
        "chosen": "One, two, three, four, five.",
        "rejected": "One, two, three, six, five.",
    },
]


@pytest.fixture
def pairs():
    """Four plain preference pairs."""
    return [dict(pair) for pair in PAIRS]


@pytest.fixture
def config(tmp_path):
    """A factory of configurations for short runs."""
    from bmc_dpo import BMCConfig

    def make(**fields):
        defaults = {
            "output_dir": str(tmp_path / "out"),
            "per_device_train_batch_size": 2,
            "per_device_eval_batch_size": 2,
            "max_steps": 3,
            "logging_steps": 1,
            "save_strategy": "no",
            "learning_rate": 1e-3,
            "warmup_steps": 0,
            "beta": 0.1,
            "disable_tqdm": True,
        }
        return BMCConfig(**{**defaults, **fields})

    return make


@pytest.fixture
def trained():
    """Trains: ``trained(BMCTrainer, folder, args, pairs)`` gives the trainer."""
    from datasets import Dataset

    def train(cls, folder, args, pairs, **options):
        trainer = cls(str(folder), args=args, train_dataset=Dataset.from_list(pairs), **options)
        trainer.train()
        return trainer

    return train


@pytest.fixture
def losses():
    """The losses that a trainer has logged."""
    return lambda trainer: [log["loss"] for log in trainer.state.log_history if "loss" in log]
