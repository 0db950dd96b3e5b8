"""The command in this process, with an encoder that needs no model."""

from __future__ import annotations

import os
import zlib

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")


class TripleEncoder:
    """Texts that share letter triples are near each other; vectors have length one."""

    def __init__(self, identity: str = "triples#1", dimension: int = 64) -> None:
        self.identity, self.dimension = identity, dimension
        self.asked = 0

    def encode(self, texts):
        import numpy as np

        self.asked += len(texts)
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for line, text in enumerate(texts):
            text = f"  {text.lower()} "
            for start in range(len(text) - 2):
                triple = text[start : start + 3].encode()
                vectors[line, zlib.crc32(triple) % self.dimension] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def make_encoder():
    return TripleEncoder


@pytest.fixture
def command(command_line, monkeypatch):
    """Runs ``lte-edit …`` in this process, from an empty folder."""
    from lte_edit.cli import app

    monkeypatch.setattr(
        "lte_edit.encoder.load_encoder", lambda spec: TripleEncoder(f"{spec}#of-{spec}")
    )
    return command_line(app, "lte-edit")
