"""A server of OpenAI's API, for as long as it takes to ask it something."""

from __future__ import annotations

import json
import shlex
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LIMIT = 300
"""Seconds until the server is ready, and until it has answered."""


@contextmanager
def serving(words: list[str], folder: Path, log: str) -> Iterator[str]:
    """Starts a server on a free port.

    Args:
        words: Its command, without a port.
        folder: Where it runs.
        log: The file that is added what it says.

    Yields:
        Its address.

    Raises:
        RuntimeError: It ended, or was not ready in time.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with open(log, "a", encoding="utf-8") as output:
        server = subprocess.Popen(
            [*words, "--port", str(port)], cwd=folder, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _wait(server, f"{url}/v1/models", log)
            yield url
        finally:
            server.terminate()
            server.wait(60)


def _wait(server: subprocess.Popen[bytes], models: str, log: str) -> None:
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with {server.returncode}; see {log}")
        try:
            with urllib.request.urlopen(models, timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    raise RuntimeError(f"the server was not ready after {LIMIT} s; see {log}")


def ask(url: str, question: str) -> tuple[str, str]:
    """Asks a question, and gives the same request as a line for curl, and the answer."""
    with urllib.request.urlopen(f"{url}/v1/models", timeout=LIMIT) as response:
        model = json.load(response)["data"][0]["id"]
    body = {"model": model, "messages": [{"role": "user", "content": question}], "max_tokens": 32}
    address, kind = f"{url}/v1/chat/completions", "Content-Type: application/json"
    curl = shlex.join(["curl", address, "-H", kind, "-d", json.dumps(body)])
    request = urllib.request.Request(
        address, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=LIMIT) as response:
        reply = json.load(response)
    used = [edit["target"] for edit in reply.get("lte", {}).get("edits", ())]
    text = str(reply["choices"][0]["message"]["content"])
    return curl, f"{text}\n(edits shown to it: {', '.join(used) or 'none'})"
