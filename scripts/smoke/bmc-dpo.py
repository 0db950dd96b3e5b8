"""Use the installed bmc-dpo once: its help without torch, then five steps on two pairs."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from truing_core.testing.tiny import save_tiny_model

PAIRS = [
    {"prompt": "Say yes.", "chosen": "Yes", "rejected": "No, never."},
    {"prompt": "Count to five.", "chosen": "One, two, three, four, five.", "rejected": "One, six."},
]
COMMAND = Path(sys.executable).with_name("bmc-dpo")
PROBE = "import sys, bmc_dpo.cli; assert not {'torch', 'trl', 'datasets'} & set(sys.modules)"


def run(*command: object) -> str:
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    done = subprocess.run(list(map(str, command)), env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


assert "Usage" in run(COMMAND, "--help")
run(sys.executable, "-I", "-c", PROBE)
with tempfile.TemporaryDirectory() as folder:
    model, data, out = Path(folder, "tiny"), Path(folder, "pairs.jsonl"), Path(folder, "out")
    save_tiny_model(model)
    data.write_text("\n".join(map(json.dumps, PAIRS)), "utf-8")
    options = ("--dataset_name", data, "--output_dir", out, "--max_steps", 5, "--json")
    result = json.loads(run(COMMAND, "train", "--model_name_or_path", model, *options))
    assert (result["steps"], result["pairs"]) == (5, 2), result
    assert (out / "model.safetensors").is_file()
print("bmc-dpo: help came without torch, and five steps trained a model")
