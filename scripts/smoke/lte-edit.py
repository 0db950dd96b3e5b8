"""Use the installed lte-edit once: help without torch, a memory, a gateway in front of nobody."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

COMMAND = Path(sys.executable).with_name("lte-edit")
PROBE = """
import sys, lte_edit.cli
assert not {"torch", "numpy", "faiss", "fastapi"} & set(sys.modules)
"""
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

GATEWAY = """
import asyncio
import numpy as np
from httpx import ASGITransport, AsyncClient
from lte_edit import EditMemory
from lte_edit.gateway.app import make_app
from lte_edit.gateway.metrics import Metrics
from lte_edit.gateway.upstream import Upstream
from lte_edit.gateway.vectors import QueryVectors
from truing_core.models import ModelSpec
from truing_core.prompts import Prompts

class Letters:
    identity, dimension = "letters", 26
    def encode(self, texts):
        rows = [[text.lower().count(chr(97 + n)) for n in range(26)] for text in texts]
        return np.array(rows, dtype=np.float32)

async def main(memory, vectors):
    spec = ModelSpec.parse("openai/nobody@http://127.0.0.1:9/v1")
    app = make_app(memory, vectors, Upstream(spec, Prompts("lte_edit"), Metrics(), 5.0))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://localhost") as client:
        found = await client.post("/v1/edits/search", json={"query": "Who leads Acme?"})
    assert found.json()["data"][0]["edit"]["id"] == "a", found.text

vectors = QueryVectors(Letters())
with EditMemory.open("edits.sqlite", vectors) as memory:
    asyncio.run(main(memory, vectors))
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
    run(sys.executable, "-I", "-c", GATEWAY, folder=folder)
    key = run(COMMAND, "keys", "add", folder=folder).strip()
    assert key.startswith("sk-lte-"), "no key"
    assert key not in Path(folder, "keys.json").read_text()
print("lte-edit: help came without torch, a memory kept an edit, and a gateway found it")
