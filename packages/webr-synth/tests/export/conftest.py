"""Rows as ``run`` writes them, and a hub on the loopback that keeps what it is given."""

from __future__ import annotations

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from truing_core.files import write_json
from truing_core.records import write_rows
from webr_synth.rows import SynthRow

MODEL = "openai/qwen@http://10.1.2.3:8000/v1"


def row(place, perspective, **more):
    wi = perspective.startswith("wi")
    document, request = f"Document {place}.", f"Request {place}?"
    asked = f"{document}\n\n{request}" if wi else request
    values = {
        "prompt_id": f"{place:016x}-{perspective}",
        "messages": [
            {"role": "user", "content": asked},
            {"role": "assistant", "content": f"Answer {place}."},
        ],
        "doc_id": f"{place:016x}",
        "perspective": perspective,
        "author": "A baker.",
        "request": request,
        "draft": None if wi else "A draft.",
        "document": document,
        "section_chars": len(document),
        "document_first": True if wi else None,
        "length_limit": 50,
        "url": f"https://www.example.org/{place}" if place % 2 else None,
        "language": "en" if place % 3 else "de",
        "model": "demo",
        "seed": 7,
    }
    return SynthRow(**{**values, **more}).row()


@pytest.fixture
def make_row():
    return row


@pytest.fixture
def rows():
    mix = ("wi_whole", "wi_part", "wr_whole", "wi_whole", "wi_part", "wr_part")
    return [row(place, perspective) for place, perspective in enumerate(mix)]


@pytest.fixture
def parquet(tmp_path, rows):
    path = tmp_path / "made" / "rows.parquet"
    write_rows(path, rows)
    return path


@pytest.fixture
def run_dir(tmp_path):
    """A run folder as the pipeline leaves it."""
    folder = tmp_path / "the-run"
    docs = tmp_path / "docs.parquet"
    write_json(
        tmp_path / "docs.parquet.counts.json",
        {"filtered": {"quality": {"total": 12, "rules": {}}}, "kept": 88},
    )
    write_json(
        folder / "run.json",
        {
            "tool": "webr-synth",
            "facts": {"data": str(docs), "prompts": {"author.j2": "abc123",
                                                          "refine.j2": "def|456"}},
            "config": {
                "data": {"name": "docs.parquet"},
                "writer": {"model": MODEL, "temperature": 0.6, "top_p": 0.9},
                "synthesis": {"mix": {"wi_whole": 2, "wr_part": 1}, "dedup": {"threshold": 0.7},
                              "gates": {"off": ["loop"]}},
            },
        },
    )  # fmt: skip
    write_json(
        folder / "summary.json",
        {
            "model": MODEL,
            "documents": {"seen": 1200},
            "duplicates": 3,
            "stages": {
                "author": {"asked": 10, "ok": 9, "failed": 1, "gates": {"empty": 1}},
                "request": {"asked": 9, "ok": 7, "failed": 0, "gates": {"copies": 1, "loop": 1}},
            },
        },
    )
    return folder


class Hub:
    """Keeps the files of one repository; answers as the hub's API does, as far as it is asked."""

    def __init__(self):
        self.files = {}
        self.created = []
        self.tokens = set()
        self.refuse = None
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                if hub.refuse:
                    self.answer({"error": "no"}, hub.refuse)
                    return
                tree = [{"type": "file", "path": name, "oid": "0", "size": 1} for name in hub.files]
                self.answer(tree if "/tree/" in self.path else {})

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                hub.tokens.add(self.headers.get("Authorization"))
                if hub.refuse:
                    self.answer({"error": "no"}, hub.refuse)
                elif self.path == "/api/repos/create":
                    asked = json.loads(body)
                    hub.created.append(asked)
                    owner = asked.get("organization") or "me"
                    name = f"{owner}/{asked['name']}"
                    self.answer({"url": f"{hub.url}/datasets/{name}", "name": name, "id": name})
                elif "/preupload/" in self.path:
                    files = json.loads(body)["files"]
                    kind = {"uploadMode": "regular", "shouldIgnore": False}
                    self.answer({"files": [{"path": each["path"], **kind} for each in files]})
                elif "/commit/" in self.path:
                    for line in body.decode().splitlines():
                        hub.commit(json.loads(line))
                    url = f"{hub.url}/datasets/me/rows/commit/abc"
                    self.answer({"commitUrl": url, "commitOid": "abc", "success": True})
                else:
                    self.answer({"errors": [], "warnings": []})

            def answer(self, content, status=200):
                data = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def commit(self, line):
        value = line["value"]
        if line["key"] == "file":
            self.files[value["path"]] = base64.b64decode(value["content"])
        elif line["key"] == "deletedFile":
            del self.files[value["path"]]


@pytest.fixture
def hub(monkeypatch):
    constants = pytest.importorskip("huggingface_hub.constants", reason="needs the extra hub")
    hub = Hub()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("HF_TOKEN", "hf_" + "x" * 20)
    yield hub
    hub.server.shutdown()
    hub.server.server_close()
