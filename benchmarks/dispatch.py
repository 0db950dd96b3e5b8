"""How fast are 2,000 chat requests sent, answered and journaled, and what does it cost?

    python benchmarks/dispatch.py
    python benchmarks/dispatch.py --peer inspect-ai --peer curator=/path/to/its/python

A local server (a process of its own) answers after 50 or 200 ms, or spoils 30 % of the first
answers. Every client is a fresh process: `truing` with its journal on, and the bare `openai`
client on httpx and on aiohttp, in the same run. Prints a table and writes
benchmarks/results/dispatch.json.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

RESULTS = Path(__file__).parent / "results"
SCENARIOS = {
    "200 ms": ["--latency", "0.2"],
    "50 ms": ["--latency", "0.05"],
    "30 % faulty": ["--latency", "0.05", "--faulty", "0.3", "--retry-after", "1"],
}
IDEAL_LATENCY = {"200 ms": 0.2, "50 ms": 0.05}
CLIENTS = ("truing", "openai-aiohttp", "openai-httpx")
PEERS = ("inspect-ai", "curator", "distilabel")

Prepared = Callable[[], dict[str, str]]


# The clients. Each one imports what it needs and returns a call that asks everything.


def truing(url: str, prompts: list[str], concurrency: int) -> Prepared:
    from truing_core.journal import Journal, JournaledModel
    from truing_core.models import ChatRequest, LoadOptions, Sampling, load_model

    model = load_model(f"openai/m@{url}", LoadOptions(concurrency=concurrency))
    folder = tempfile.TemporaryDirectory()
    journal = Journal(Path(folder.name) / "journal.sqlite")

    def run() -> dict[str, str]:
        requests = (
            ChatRequest(prompt, ({"role": "user", "content": prompt},), Sampling(max_tokens=64))
            for prompt in prompts
        )
        texts = {
            reply.id: reply.text for reply in JournaledModel(model, journal).complete(requests)
        }
        kept = len(journal)
        journal.close()
        model.close()
        folder.cleanup()
        assert kept == len(texts), f"{kept} of {len(texts)} replies in the journal"
        return texts

    return run


def bare(transport: str) -> Callable[[str, list[str], int], Prepared]:
    def prepare(url: str, prompts: list[str], concurrency: int) -> Prepared:
        import openai

        http = openai.DefaultAioHttpClient() if transport == "aiohttp" else None
        client = openai.AsyncOpenAI(base_url=url, api_key="none", http_client=http)

        async def ask_all() -> dict[str, str]:
            slots, texts = asyncio.Semaphore(concurrency), {}

            async def ask(prompt: str) -> None:
                async with slots:
                    try:
                        answer = await client.chat.completions.create(
                            model="m",
                            messages=[{"role": "user", "content": prompt}],
                            temperature=0.0,
                            max_tokens=64,
                        )
                        texts[prompt] = answer.choices[0].message.content or ""
                    except (openai.OpenAIError, ValueError, LookupError) as error:
                        texts[prompt] = f"lost: {error}"

            await asyncio.gather(*map(ask, prompts))
            await client.close()
            return texts

        return lambda: asyncio.run(ask_all())

    return prepare


def inspect_ai(url: str, prompts: list[str], concurrency: int) -> Prepared:
    from inspect_ai.model import GenerateConfig, get_model

    config = GenerateConfig(max_connections=concurrency, temperature=0.0, max_tokens=64)
    model = get_model("openai/m", base_url=url, api_key="none", config=config, responses_api=False)

    async def ask_all() -> dict[str, str]:
        texts: dict[str, str] = {}

        async def ask(prompt: str) -> None:
            try:
                texts[prompt] = (await model.generate(prompt)).completion
            except Exception as error:
                texts[prompt] = f"lost: {error}"

        await asyncio.gather(*map(ask, prompts))
        return texts

    return lambda: asyncio.run(ask_all())


def curator(url: str, prompts: list[str], concurrency: int) -> Prepared:
    os.environ.update(CURATOR_DISABLE_CACHE="1", CURATOR_VIEWER="0", TELEMETRY_ENABLED="0")
    import litellm

    # Its copy of the tokenizer, which curator would otherwise fetch from the network.
    tokenizers = Path(litellm.__file__).parent / "litellm_core_utils" / "tokenizers"
    os.environ["TIKTOKEN_CACHE_DIR"] = str(tokenizers)
    from bespokelabs import curator

    model = curator.LLM(
        model_name="m",
        backend="openai",
        generation_params={"temperature": 0.0, "max_tokens": 64},
        backend_params={
            "base_url": url,
            "api_key": "none",
            "max_concurrent_requests": concurrency,
            "max_requests_per_minute": 10_000_000,
            "max_tokens_per_minute": 10_000_000_000,
            "max_retries": 6,
            "require_all_responses": False,
        },
    )

    def run() -> dict[str, str]:
        answers = model(prompts)
        rows = getattr(answers, "dataset", answers)
        found = {row["response"] for row in rows}
        return {prompt: text for prompt in prompts if (text := f"echo: {prompt}") in found}

    return run


def distilabel(url: str, prompts: list[str], concurrency: int) -> Prepared:
    from distilabel.models import OpenAILLM
    from distilabel.pipeline import Pipeline
    from distilabel.steps import LoadDataFromDicts
    from distilabel.steps.tasks import TextGeneration

    with Pipeline(name="dispatch") as pipeline:
        load = LoadDataFromDicts(
            data=[{"instruction": prompt} for prompt in prompts], batch_size=concurrency
        )
        model = OpenAILLM(
            model="m",
            base_url=url,
            api_key="none",
            max_retries=6,
            generation_kwargs={"temperature": 0.0, "max_new_tokens": 64},
        )
        load >> TextGeneration(llm=model, input_batch_size=concurrency)

    def run() -> dict[str, str]:
        rows = pipeline.run(use_cache=False)["default"]["train"]
        return {row["instruction"]: row["generation"] or "" for row in rows}

    return run


PREPARE: dict[str, Callable[[str, list[str], int], Prepared]] = {
    "truing": truing,
    "openai-aiohttp": bare("aiohttp"),
    "openai-httpx": bare("httpx"),
    "inspect-ai": inspect_ai,
    "curator": curator,
    "distilabel": distilabel,
}


def be_client(name: str, url: str, count: int, concurrency: int, spawned: float) -> None:
    """What a client process does: get ready, ask everything, print one JSON line."""
    prompts = [f"question {number}" for number in range(count)]
    run = PREPARE[name](url, prompts, concurrency)
    ready, cpu = time.time(), sum(os.times()[:4])
    texts = run()
    seconds = time.time() - ready
    right = sum(texts.get(prompt) == f"echo: {prompt}" for prompt in prompts)
    row = {
        "start_up_s": ready - spawned,
        "run_s": seconds,
        "cpu_ms_per_request": (sum(os.times()[:4]) - cpu) / count * 1000,
        "right": right,
    }
    print("\n" + json.dumps(row))


# The measuring.


@contextmanager
def server(options: list[str]) -> Iterator[str]:
    command = [sys.executable, "-m", "truing_core.testing.server", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.communicate()


def measure(client: str, python: str, scenario: str, args: argparse.Namespace) -> dict[str, float]:
    """One client process against one fresh server."""
    with server(SCENARIOS[scenario]) as url:
        command = [python, __file__, "--as-client", client, "--url", url]
        command += ["--requests", str(args.requests), "--concurrency", str(args.concurrency)]
        command += ["--spawned", str(time.time())]
        done = subprocess.run(command, capture_output=True, text=True, timeout=args.timeout)
        if done.returncode:
            raise SystemExit(f"{client} failed:\n{done.stderr[-2000:]}")
        with urlopen(url.removesuffix("/v1") + "/stats", timeout=30) as answer:
            stats = json.load(answer)
    row: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return {**row, "asked": stats["total"], "max_in_flight": stats["max_in_flight"]}


def median_row(rows: list[dict[str, float]]) -> dict[str, float]:
    return {key: statistics.median(row[key] for row in rows) for key in rows[0]}


def verdicts(
    table: dict[str, dict[str, dict[str, float]]], ideal: dict[str, float]
) -> dict[str, float]:
    """The three ratios that are promised, each with its bound in the name."""
    found = {}
    if "200 ms" in table:
        found["200 ms: truing / ideal (<= 1.1)"] = (
            table["200 ms"]["truing"]["run_s"] / ideal["200 ms"]
        )
    for scenario, bound in (("50 ms", 1.2), ("30 % faulty", 2.0)):
        if scenario in table:
            rows = table[scenario]
            ratio = rows["truing"]["run_s"] / rows["openai-aiohttp"]["run_s"]
            found[f"{scenario}: truing / openai-aiohttp (<= {bound})"] = ratio
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=3, help="the table shows medians")
    parser.add_argument("--scenario", action="append", choices=list(SCENARIOS))
    parser.add_argument(
        "--peer",
        action="append",
        default=[],
        metavar="NAME[=PYTHON]",
        help=f"also measure one of {', '.join(PEERS)}, if need be in its own environment",
    )
    parser.add_argument("--timeout", type=float, default=600, help="seconds for one client")
    parser.add_argument("--output", type=Path, default=RESULTS / "dispatch.json")
    parser.add_argument("--as-client", choices=list(PREPARE), help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--spawned", type=float, default=0.0, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.as_client:
        be_client(args.as_client, args.url, args.requests, args.concurrency, args.spawned)
        return

    clients = dict.fromkeys(CLIENTS, sys.executable)
    for peer in args.peer:
        name, _, python = peer.partition("=")
        if name not in PEERS:
            parser.error(f"--peer {name}: expected one of {', '.join(PEERS)}")
        clients[name] = python or sys.executable
    ideal = {
        name: args.requests * latency / args.concurrency for name, latency in IDEAL_LATENCY.items()
    }
    table: dict[str, dict[str, dict[str, float]]] = {}
    print(f"{args.requests} requests, {args.concurrency} at once, median of {args.repeats}")
    header = ("client", "start-up", "run", "CPU/request", "right", "asked")
    for scenario in args.scenario or SCENARIOS:
        known = f", ideal {ideal[scenario]:.2f} s" if scenario in ideal else ""
        print(f"\n{scenario}{known}")
        print("{:<16}{:>10}{:>9}{:>13}{:>8}{:>8}".format(*header))
        rounds: dict[str, list[dict[str, float]]] = {name: [] for name in clients}
        for _ in range(args.repeats):
            for name, python in clients.items():
                rounds[name].append(measure(name, python, scenario, args))
        table[scenario] = {name: median_row(rows) for name, rows in rounds.items()}
        for name, row in table[scenario].items():
            print(
                f"{name:<16}{row['start_up_s']:>8.2f} s{row['run_s']:>7.2f} s"
                f"{row['cpu_ms_per_request']:>10.2f} ms{row['right']:>8.0f}{row['asked']:>8.0f}"
            )
    promised = verdicts(table, ideal)
    print()
    for sentence, ratio in promised.items():
        print(f"{sentence}: {ratio:.2f}")
    result = {
        "requests": args.requests,
        "concurrency": args.concurrency,
        "repeats": args.repeats,
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "load_average": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "ideal_s": ideal,
        "scenarios": table,
        "ratios": promised,
    }
    args.output.parent.mkdir(exist_ok=True)
    args.output.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
