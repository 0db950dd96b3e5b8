"""The command in this process, with an encoder that needs no model."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Stdout, which holds one JSON document and nothing else."""
        return json.loads(self.out)


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
def command(capsys, monkeypatch, tmp_path) -> Callable[..., Outcome]:
    """Runs ``lte-edit …`` in this process, from an empty folder."""
    from lte_edit.cli import app
    from truing_core.cli import run_app

    for name in list(os.environ):
        if name.startswith(("LTE_EDIT_", "OPENAI_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "lte_edit.encoder.load_encoder", lambda spec: TripleEncoder(f"{spec}#of-{spec}")
    )

    def run(*args: object) -> Outcome:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            run_app(app, "lte-edit", [str(arg) for arg in args])
        said = capsys.readouterr()
        code = ended.value.code or 0
        assert isinstance(code, int)
        return Outcome(code, said.out, said.err)

    return run
