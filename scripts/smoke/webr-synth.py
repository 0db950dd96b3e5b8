"""Use the installed webr-synth once: from a page to a row, against a server of its own."""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PARAGRAPH = (
    "The harbour of Elm Bay was built by hand in the year of the great frost, and the people of "
    "the town still keep the tools that were used for it in a shed beside the water. "
)
PAGE = f"<html><body><h1>Elm Bay</h1>{f'<p>{PARAGRAPH * 2}</p>' * 4}</body></html>"


class Model(BaseHTTPRequestHandler):
    """Answers as a model would that has read the question."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        prompt = body["messages"][-1]["content"]
        if "What kind of person" in prompt:
            text = "a teacher who prepares a lesson on old harbours"
        elif prompt.startswith("You are this person"):
            text = "Turn this into five short questions for a class of ten-year-olds."
        else:
            text = "1. Who built the harbour? 2. When was that? 3. Where are the tools kept today?"
        choice = {"index": 0, "message": {"role": "assistant", "content": text}}
        answer = json.dumps({"choices": [{**choice, "finish_reason": "stop"}]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def webr_synth(*arguments: str) -> str:
    command = Path(sys.executable).with_name("webr-synth")
    environment = {**os.environ, "OPENAI_API_KEY": "none-needed"}
    return subprocess.run(
        [command, *arguments], check=True, stdout=subprocess.PIPE, text=True, env=environment
    ).stdout


assert "Usage" in webr_synth("--help")
server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
with tempfile.TemporaryDirectory() as folder:
    place = Path(folder)
    (place / "page.html").write_text(PAGE, "utf-8")
    docs, rows = str(place / "docs.parquet"), str(place / "rows.jsonl")
    webr_synth("ingest", str(place / "page.html"), "-o", docs, "--without", "repetition,gopher")
    model = f"openai/m@http://127.0.0.1:{server.server_address[1]}/v1"
    options = ("--model", model, "--num", "1", "--mix", "1:0:0:0", "-o", rows, "--json")
    summary = json.loads(webr_synth("run", docs, *options, "--run-dir", str(place / "run")))
    [row] = map(json.loads, Path(rows).read_text("utf-8").splitlines())
server.shutdown()
assert summary["written"] == 1, summary
assert row["perspective"] == "wi_whole", row
assert "Elm Bay" in row["messages"][0]["content"], row
assert row["messages"][1]["content"].startswith("1. Who built the harbour?"), row
assert importlib.util.find_spec("torch") is None
print("webr-synth: a page became a row, without torch")
