"""Use the installed lte-edit once: its help without torch, then a memory without an encoder."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

COMMAND = Path(sys.executable).with_name("lte-edit")
PROBE = "import sys, lte_edit.cli; assert not {'torch', 'numpy', 'faiss'} & set(sys.modules)"
MEMORY = """
import numpy as np
from lte_edit import Edit, EditMemory

class Letters:
    identity, dimension = "letters", 26
    def encode(self, texts):
        rows = [[text.lower().count(chr(97 + n)) for n in range(26)] for text in texts]
        return np.array(rows, dtype=np.float32)

with EditMemory.open("edits.sqlite", Letters()) as memory:
    memory.add([Edit(id="a", prompt="Who leads Acme?", target="Ada", subject="Acme")])
    [[hit]] = memory.search(["Who is it that leads Acme?"])
    assert hit.edit.target == "Ada"
"""


def run(*command: object, folder: str | None = None) -> str:
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    done = subprocess.run(
        list(map(str, command)), env=environment, capture_output=True, text=True, cwd=folder
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


assert "Usage" in run(COMMAND, "--help")
run(sys.executable, "-I", "-c", PROBE)
with tempfile.TemporaryDirectory() as folder:
    run(sys.executable, "-I", "-c", MEMORY, folder=folder)
    edits = json.loads(run(COMMAND, "memory", "list", "--json", folder=folder))
    assert [edit["id"] for edit in edits] == ["a"], edits
print("lte-edit: help came without torch, and a memory kept an edit")
