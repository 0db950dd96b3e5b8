"""What does the gateway of `lte-edit serve` add to each request, with 64 clients at once?

    python benchmarks/lte_serve.py [--seconds 60] [--rate 150] [--clients 64] [--encoder demo]

A model server that answers after 20 ms, the gateway and the clients are processes of their own.
Through the whole run some clients ask the server directly, so that both are measured under the
same load. By default queries are embedded by an encoder that costs next to nothing: what is
measured is the gateway. Half of the questions are about an edit. Meanwhile edits are added, and
each is asked for as soon as it is acknowledged.

First at a paced rate, then for a quarter of the time as fast as answers come.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

RESULT = Path(__file__).parent / "results" / "lte_serve.json"
LATENCY = 0.02  # seconds, of the model server
DIRECT = 8  # one of so many clients more asks the server itself


class CheapEncoder:
    """Texts that share letter triples are near each other."""

    identity, dimension = "triples#1", 384

    def encode(self, texts: list[str]) -> Any:
        import numpy as np

        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for line, text in enumerate(texts):
            places = [zlib.crc32(text[n : n + 3].encode()) % 384 for n in range(len(text) - 2)]
            np.add.at(vectors[line], places, 1)
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def be_gateway(arguments: list[str]) -> None:
    """`lte-edit serve`, with the cheap encoder unless another one is named."""
    import lte_edit.encoder
    from lte_edit.cli import main

    if "--encoder" not in arguments:
        lte_edit.encoder.load_encoder = lambda spec: CheapEncoder()
    sys.argv = ["lte-edit", "serve", *arguments]
    main()


class Load:
    """What one load measures."""

    def __init__(self, args: argparse.Namespace, rate: float | None, seconds: float) -> None:
        self.args, self.rate, self.seconds = args, rate, seconds
        self.direct: list[float] = []
        self.through: list[float] = []
        self.embedding: list[float] = []
        self.own: list[float] = []
        self.errors: list[str] = []
        self.added = self.seen = 0

    async def run(self) -> dict[str, Any]:
        import aiohttp

        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as self.session:
            self.end = time.perf_counter() + self.seconds
            count = self.args.clients
            await asyncio.gather(
                *(self.client(self.args.gateway, n, count, self.rate) for n in range(count)),
                *(
                    self.client(self.args.server, n, count // DIRECT, (self.rate or 400) / DIRECT)
                    for n in range(count // DIRECT)
                ),
                self.writer(),
            )
        return self.row()

    async def client(self, url: str, n: int, count: int, rate: float | None) -> None:
        """One client: at its own times, or at once again."""
        draw = random.Random(f"{url}/{n}/{self.rate}")
        pause = count / rate if rate else 0.0
        due = time.perf_counter() + pause * n / count
        while due < self.end:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            about = draw.random() < 0.5
            text = (
                f"Who leads firm {draw.randrange(self.args.edits)} today, {draw.random():.6f}?"
                if about
                else f"Write {draw.random():.9f} lines on the sea."
            )
            begun = time.perf_counter()
            if begun >= self.end:
                return
            try:
                await self.ask(url, text, begun)
            except Exception as error:
                self.errors.append(f"{type(error).__name__}: {error}"[:200])
            due = max(due + pause, time.perf_counter() if pause == 0 else due)

    async def ask(self, url: str, text: str, begun: float) -> dict[str, Any]:
        body = {"model": "m", "messages": [{"role": "user", "content": text}], "max_tokens": 8}
        async with self.session.post(f"{url}/chat/completions", json=body) as answer:
            said = await answer.json()
            took = time.perf_counter() - begun
            assert answer.status == 200, said
            if url == self.args.server:
                self.direct.append(took)
                return said
            stages = dict(each.split(";dur=") for each in
                          answer.headers["Server-Timing"].split(", "))  # fmt: skip
            self.through.append(took)
            self.embedding.append(float(stages["embed"]) / 1000)
            self.own.append(float(stages["gateway"]) / 1000)
            return said

    async def writer(self) -> None:
        """Adds an edit every half second, and asks for it at once."""
        for n in range(int(self.seconds * 2) - 1):
            await asyncio.sleep(0.5)
            name = f"{self.rate}-{n}-{random.random():.6f}"
            edit = {"id": name, "prompt": f"Who leads new firm {name}?", "target": "Ada"}
            try:
                url = f"{self.args.gateway}/edits"
                async with self.session.post(url, json=edit) as answer:
                    assert answer.status == 201, await answer.text()
                self.added += 1
                text = f"{edit['prompt']} {edit['target']}"  # nothing else is as near
                said = await self.ask(self.args.gateway, text, time.perf_counter())
                self.seen += said["lte"]["edits"][0]["id"] == name
            except Exception as error:
                self.errors.append(f"{type(error).__name__}: {error}"[:200])

    def row(self) -> dict[str, Any]:
        without = [all_ - embed for all_, embed in
                   zip(self.through, self.embedding, strict=True)]  # fmt: skip
        direct, through = quantiles(self.direct), quantiles(self.through)
        rest = quantiles(without)
        return {
            "seconds": self.seconds,
            "asked_a_second": round(len(self.through) / self.seconds, 1),
            "paced_at": self.rate,
            "requests": len(self.through),
            "direct_requests": len(self.direct),
            "errors": len(self.errors),
            "first_error": self.errors[0] if self.errors else None,
            "direct_ms": direct,
            "through_gateway_ms": through,
            "embedding_ms": quantiles(self.embedding),
            "overhead_beyond_embedding_ms": {
                name: round(rest[name] - direct[name], 2) for name in ("p50", "p99")
            },
            "gateway_says_ms": quantiles(self.own),
            "edits_added": self.added,
            "edits_seen_at_once": self.seen,
        }


def quantiles(seconds: list[float]) -> dict[str, float]:
    """Milliseconds."""
    ordered = sorted(seconds) or [float("nan")]
    return {
        "p50": round(1000 * statistics.median(ordered), 2),
        "p99": round(1000 * ordered[int(0.99 * len(ordered))], 2),
    }


@contextmanager
def process(*command: str, ready: str = "") -> Iterator[str]:
    """A process; gives the first line that begins with `ready`."""
    running = subprocess.Popen(
        [sys.executable, *command], text=True,
        stdout=None if ready else subprocess.PIPE, stderr=subprocess.PIPE if ready else None,
    )  # fmt: skip
    stream = running.stderr if ready else running.stdout
    assert stream is not None
    try:
        for line in stream:
            if line.startswith(ready):
                yield line.strip()
                break
        else:
            raise SystemExit(f"{command} did not start")
    finally:
        running.terminate()
        running.communicate()


def fill(path: Path, count: int, encoder: str | None) -> None:
    from lte_edit.edits import Edit
    from lte_edit.encoder import load_encoder
    from lte_edit.memory import EditMemory

    edits = [
        Edit(id=f"e{n}", prompt=f"Who leads firm {n} today?", target=f"Person {n}")
        for n in range(count)
    ]
    with EditMemory.open(path, load_encoder(encoder) if encoder else CheapEncoder()) as memory:
        memory.add(edits)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=float, default=150, help="requests a second, all together")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--edits", type=int, default=1000, help="in the memory beforehand")
    parser.add_argument("--encoder", help="embed by a real one, such as demo")
    parser.add_argument("--output", type=Path, default=RESULT)
    parser.add_argument("--no-files", action="store_true", help="print only")
    parser.add_argument("--as-client", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--gateway", help=argparse.SUPPRESS)
    parser.add_argument("--server", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.as_client:
        print("ready", flush=True)
        paced = asyncio.run(Load(args, args.rate, args.seconds).run())
        unpaced = asyncio.run(Load(args, None, args.seconds / 4).run())
        print(json.dumps({"paced": paced, "as_fast_as_answers_come": unpaced}), flush=True)
        return
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        path = Path(folder) / "edits.sqlite"
        fill(path, args.edits, args.encoder)
        latency = ["--latency", str(LATENCY)]
        server = stack.enter_context(process("-m", "truing_core.testing.server", *latency))
        options = ["--model", f"openai/m@{server}", "--memory", str(path), "--port", "0"]
        options += ["--threshold", "0.6", "--max-concurrent", "1000"]
        options += ["--encoder", args.encoder] if args.encoder else []
        said = stack.enter_context(process(__file__, "--as-gateway", *options, ready="ready: "))
        command = [sys.executable, __file__, "--as-client", "--server", server]
        command += ["--gateway", said.split()[1], "--seconds", str(args.seconds)]
        command += ["--rate", str(args.rate), "--clients", str(args.clients)]
        command += ["--edits", str(args.edits)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    loads = json.loads(done.stdout.splitlines()[-1])
    record = {
        "clients": args.clients,
        "edits": args.edits,
        "server_latency_ms": 1000 * LATENCY,
        "encoder": args.encoder or "letter triples",
        **loads,
        "cores": os.cpu_count(),
        "load_average": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
    }
    for name, row in loads.items():
        print(name.replace("_", " "))
        for what, value in row.items():
            print(f"  {what:<29} {value}")
    if not args.no_files:
        args.output.write_text(json.dumps(record, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--as-gateway"]:
        be_gateway(sys.argv[2:])
    else:
        main()
