"""Gateways as processes: killed under load, two on one memory, told to end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from lte_edit.memory import EditMemory

# The command, with an encoder that needs no model.
SERVE = textwrap.dedent("""
    import sys, zlib
    import numpy as np
    import lte_edit.encoder

    class Triples:
        identity, dimension = "triples#1", 64
        def encode(self, texts):
            vectors = np.zeros((len(texts), 64), dtype=np.float32)
            for line, text in enumerate(texts):
                for start in range(len(text) - 2):
                    vectors[line, zlib.crc32(text[start:start + 3].encode()) % 64] += 1
            return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)

    lte_edit.encoder.load_encoder = lambda spec: Triples()
    from lte_edit.cli import main
    sys.argv[0] = "lte-edit"
    main()
""")


class Process:
    """``lte-edit serve`` by itself."""

    def __init__(self, folder, url, *options):
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE, "serve", "--model", f"openai/echo@{url}", "--port", "0",
             "--memory", str(folder / "edits.sqlite"), *options],
            stderr=subprocess.PIPE, text=True, env={**os.environ, "OPENAI_API_KEY": ""},
        )  # fmt: skip
        self.said = []
        for line in self.process.stderr:
            self.said.append(line)
            if line.startswith("ready: "):
                break
        assert self.said, "it did not start"
        self.url = self.said[-1].split()[1]
        self.rest = threading.Thread(target=lambda: self.said.extend(self.process.stderr))
        self.rest.start()

    def end(self, how):
        self.process.send_signal(how)
        code = self.process.wait(20)
        self.rest.join()
        self.process.stderr.close()
        return code


@pytest.fixture
def serve(tmp_path):
    running = []

    def start(url, *options):
        running.append(Process(tmp_path, url, *options))
        return running[-1]

    yield start
    for each in running:
        if each.process.poll() is None:
            each.end(signal.SIGKILL)


def fact(name):
    return {"id": name, "prompt": f"What is {name}?", "target": f"It is {name}.", "subject": name}


def test_every_acknowledged_edit_survives_a_kill_under_load(serve, echo, tmp_path):
    gateway = serve(echo.url)
    acknowledged, asked = [], []

    def write(writer):
        with httpx.Client(timeout=10) as http:
            for number in range(10_000):
                edit = fact(f"{writer}-{number}")
                try:
                    answer = http.post(f"{gateway.url}/edits", json=edit)
                except httpx.HTTPError:
                    return
                assert answer.status_code == 201
                acknowledged.append(edit["id"])

    def ask():
        with httpx.Client(timeout=10) as http:
            while True:
                body = {"messages": [{"role": "user", "content": "What is a-0?"}]}
                try:
                    http.post(f"{gateway.url}/chat/completions", json=body)
                except httpx.HTTPError:
                    return
                asked.append(1)

    with ThreadPoolExecutor(6) as pool:
        work = [pool.submit(write, name) for name in "abcd"] + [pool.submit(ask)] * 2
        end = time.monotonic() + 20
        while len(acknowledged) < 60 or len(asked) < 10:
            assert time.monotonic() < end
            time.sleep(0.01)
        assert gateway.end(signal.SIGKILL) == -signal.SIGKILL
        for each in work:
            each.result()
    again = serve(echo.url)
    with httpx.Client(timeout=10) as http:
        kept, offset = set(), 0
        while page := http.get(f"{again.url}/edits?limit=1000&offset={offset}").json()["data"]:
            kept |= {edit["id"] for edit in page}
            offset += 1000
        assert len(acknowledged) >= 60
        assert set(acknowledged) <= kept
        assert len(kept) - len(acknowledged) <= 4  # one of each writer was under way
        last = acknowledged[-1]
        body = {"messages": [{"role": "user", "content": f"What is {last}?"}]}
        answer = http.post(f"{again.url}/chat/completions", json=body).json()
        assert last in [edit["id"] for edit in answer["lte"]["edits"]]


def test_two_gateways_on_one_memory_lose_nothing_and_see_each_other(serve, echo, tmp_path):
    one, two = serve(echo.url), serve(echo.url)
    with httpx.Client(timeout=20) as http:

        def write(number):
            gateway = (one, two)[number % 2]
            return http.post(f"{gateway.url}/edits", json=fact(f"e{number}")).status_code

        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(write, range(60))) == {201}
        for asked, number in ((one, 1), (two, 2)):
            body = {"messages": [{"role": "user", "content": f"What is e{number}?"}]}
            answer = http.post(f"{asked.url}/chat/completions", json=body).json()
            assert answer["lte"]["edits"][0]["id"] == f"e{number}"
        assert http.delete(f"{one.url}/edits/e2").status_code == 200
        hits = http.post(f"{two.url}/edits/search", json={"query": "What is e2?"}).json()["data"]
        assert "e2" not in [hit["edit"]["id"] for hit in hits]
    with EditMemory.open(tmp_path / "edits.sqlite", create=False) as memory:
        assert memory.counts() == {"edits": 60, "in_force": 59, "vectors": 60, "changes": 61}


def test_told_to_end_it_finishes_what_is_under_way(serve, chat_server):
    server = chat_server(latency=1.0, reply=lambda body: "done")
    gateway = serve(server.url, "-v")
    with ThreadPoolExecutor(1) as pool, httpx.Client(timeout=20) as http:
        body = {"messages": [{"role": "user", "content": "Hi"}]}
        busy = pool.submit(http.post, f"{gateway.url}/chat/completions", json=body)
        while not server.total:
            time.sleep(0.01)
        begun = time.monotonic()
        assert gateway.end(signal.SIGTERM) == 0
        assert busy.result().json()["choices"][0]["message"]["content"] == "done"
        assert time.monotonic() - begun < 8
    assert gateway.said[-1].startswith("stopped: ")
    assert any(line.startswith("POST /v1/chat/completions 200") for line in gateway.said)


def test_what_outlasts_the_grace_is_told_so(serve, chat_server):
    server = chat_server(latency=30)
    gateway = serve(server.url, "--grace", "0", "--timeout", "60")
    with ThreadPoolExecutor(1) as pool, httpx.Client(timeout=20) as http:
        body = {"messages": [{"role": "user", "content": "Hi"}]}
        busy = pool.submit(http.post, f"{gateway.url}/chat/completions", json=body)
        while not server.total:
            time.sleep(0.01)
        assert gateway.end(signal.SIGTERM) == 0
        answer = busy.result()
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "shutdown"
    assert not any("Traceback" in line for line in gateway.said)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_is_130(serve, echo):
    gateway = serve(echo.url)
    assert gateway.end(signal.SIGINT) == 130
    assert not any("Traceback" in line for line in gateway.said)
