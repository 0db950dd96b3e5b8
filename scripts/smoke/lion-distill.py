"""Use the installed lion-distill once: its help without torch, then a whole loop, tiny."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from truing_core.testing.server import ChatServer
from truing_core.testing.tiny import save_tiny_model

COMMAND = Path(sys.executable).with_name("lion-distill")
PROBE = "import sys, lion_distill.cli; assert not {'torch', 'trl', 'datasets'} & set(sys.modules)"


def run(*command: object) -> str:
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    done = subprocess.run(list(map(str, command)), env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def reply(body: dict) -> str:
    """Teacher, referee and generator in one."""
    prompt = body["messages"][-1]["content"]
    fields = str(body.get("response_format", ""))
    if "instruction" in fields:
        word = "".join(chr(97 + int(digit, 16)) for digit in f"{hash(prompt) & 0xFFFFFFFF:x}")
        return json.dumps({"instruction": f"Write a line about the {word} river.", "input": ""})
    if fields:
        names = re.findall(r"'(\w+)': {'type': '(?:number|integer)'", fields)
        return json.dumps({"reasons": "One says more.", **dict(zip(names, (9, 4), strict=True))})
    return "The river runs to the sea."


assert "Usage" in run(COMMAND, "--help")
run(sys.executable, "-I", "-c", PROBE)
with tempfile.TemporaryDirectory() as folder, ChatServer(reply=reply) as server:
    model, lion = Path(folder, "tiny"), Path(folder, "lion")
    save_tiny_model(model)
    options = ("--seeds", "mini", "--limit", 4, "--iterations", 1, "--num", 2, "--max-tokens", 16)
    training = ("--training", "demo", "--set", "max_steps=2")
    who = ("--teacher", f"openai/m@{server.url}", "--student", model)
    result = json.loads(run(COMMAND, "run", *who, *options, *training, "--run-dir", lion, "--json"))
    assert result["iterations"] == 1, result
    assert Path(result["student"], "config.json").is_file()
    assert Path(result["report"]).is_file()
print("lion-distill: help came without torch, and a student went through two iterations")
