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
