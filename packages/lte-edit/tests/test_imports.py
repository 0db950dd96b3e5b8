"""What the command must not import before it has work: start-up time."""

from __future__ import annotations

import pytest

import lte_edit
from truing_core.testing.starting import started_command

HEAVY = {
    "aiohttp", "datasets", "faiss", "fastapi", "httpx", "matplotlib", "numpy", "openai", "peft",
    "psycopg", "pyarrow", "sentence_transformers", "torch", "transformers", "trl", "uvicorn",
}  # fmt: skip
COMMANDS = (
    "build-data", "train", "ask", "chat", "serve", "eval", "memory", "memory add", "keys",
    "recipes",
)  # fmt: skip


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], *([*name.split(), "--help"] for name in COMMANDS)]
)
def test_help_imports_nothing_heavy(tmp_path, arguments):
    started = started_command("lte_edit", *arguments, cwd=tmp_path)
    assert "Usage" in started.out or arguments == ["--version"]
    assert started.modules & HEAVY == set()


def test_public_names():
    assert set(lte_edit.__all__) <= set(dir(lte_edit))
    for name in lte_edit.__all__:
        assert getattr(lte_edit, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = lte_edit.nothing
