"""Cases, and an encoder that counts letters."""

from __future__ import annotations

import numpy as np
import pytest

from lte_edit.cases import Case, Probe
from lte_edit.edits import Edit


class LetterEncoder:
    """Texts with the same letters are near each other."""

    identity = "letters"
    dimension = 26

    def encode(self, texts):
        counts = np.array(
            [[text.lower().count(chr(97 + place)) for place in range(26)] for text in texts],
            dtype=np.float32,
        ).reshape(len(texts), 26)
        return counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1)


@pytest.fixture
def encoder():
    return LetterEncoder()


def make_case(number, subject=None, source="zsre_test"):
    subject = subject or f"subject {chr(97 + number % 26)}"
    edit = Edit(
        id=f"e{number}", prompt=f"Who leads {subject}?", target=f"T{number}", subject=subject
    )
    probes = (
        Probe(edit.prompt, (edit.target,), "in", "Edit"),
        Probe(f"Where was the head of {subject} born?", ("Rome", "Roma"), "in", "Reasoning"),
        Probe(f"Where is {subject}?", ("Paris",), "out", "Relation_Specificity"),
        Probe(f"Tell me about {subject}.", (), "free", "Free_Text"),
    )
    return Case(f"{source}-{number}", (edit,), probes, source)


@pytest.fixture
def cases():
    return [make_case(number) for number in range(12)]
