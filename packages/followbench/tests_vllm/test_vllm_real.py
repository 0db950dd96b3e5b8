"""The same generation through real vLLM: its server over HTTP, and its engine in-process.

Not among the package's tests: `nox -s vllm` makes the environment that these need.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(900)

GROUPS, LEVELS, CATEGORIES = 1, 5, 6
ITEMS = GROUPS * LEVELS * CATEGORIES


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serve(model: Path, log: Path) -> Iterator[str]:
    """vLLM's OpenAI-compatible server on a port of its own; gives the address."""
    port = free_port()
    with log.open("w") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "vllm.entrypoints.openai.api_server"),
                *("--model", str(model), "--served-model-name", "smollm2"),
                *("--host", "127.0.0.1", "--port", str(port)),
                *("--gpu-memory-utilization", "0.3", "--enforce-eager"),
            ],
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_until_ready(process, port, log)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        stop(process)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    with pytest.raises(ProcessLookupError):  # no engine process is left over either
        os.killpg(process.pid, 0)


def wait_until_ready(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + 400
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"the server ended with {process.returncode}:\n{log.read_text()[-3000:]}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2):
                return
        except OSError:
            time.sleep(0.5)
    pytest.fail(f"the server is not ready after 400 s:\n{log.read_text()[-3000:]}")


def stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(60)
        for _ in range(100):  # its children end after it
            os.killpg(process.pid, 0)
            time.sleep(0.1)
    except ProcessLookupError:
        return
    except subprocess.TimeoutExpired:
        pass
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
    pytest.fail("the server did not stop when told to")


def generate(model: str, folder: Path) -> list[dict[str, Any]]:
    command = [
        *(sys.executable, "-m", "followbench", "generate", "--data", "mini", "--lang", "en"),
        *("--limit", str(GROUPS), "--max-tokens", "48"),
        *("--model", model, "--run-dir", str(folder), "--json"),
    ]
    environment = {**os.environ, "OPENAI_API_KEY": "none-needed"}
    started = time.monotonic()
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    print(f"{model.partition('/')[0]}: {time.monotonic() - started:.1f} s")
    assert done.returncode == 0, done.stderr[-3000:]
    json.loads(done.stdout)  # nothing of vLLM's talk among the data
    with (folder / "generations.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def check(rows: list[dict[str, Any]]) -> None:
    assert len(rows) == ITEMS
    keys = {(row["category"], row["example_id"], row["level"]) for row in rows}
    assert len(keys) == ITEMS
    assert len({row["category"] for row in rows}) == CATEGORIES
    silent = [row for row in rows if not row["generation"].strip()]
    assert silent == []


def test_every_item_is_answered_by_the_server(demo_model: Path, tmp_path: Path) -> None:
    with serve(demo_model, tmp_path / "server.log") as url:
        check(generate(f"openai/smollm2@{url}", tmp_path / "run"))


def test_every_item_is_answered_in_process(demo_model: Path, tmp_path: Path) -> None:
    check(generate(f"vllm/{demo_model}", tmp_path / "run"))
