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
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

from side_by_side.chat_clients import CLIENTS, PACKAGES, PEERS, SERVER, be_client, stats
from side_by_side.processes import add_peers, peers_of, version_in

RESULTS = Path(__file__).parent / "results"
SCENARIOS = {
    "200 ms": ["--latency", "0.2"],
    "50 ms": ["--latency", "0.05"],
    "30 % faulty": ["--latency", "0.05", "--faulty", "0.3", "--retry-after", "1"],
}
IDEAL_LATENCY = {"200 ms": 0.2, "50 ms": 0.05}
OURS = ("truing", "openai-aiohttp", "openai-httpx")


def measure(client: str, python: str, scenario: str, args: argparse.Namespace) -> dict[str, float]:
    """One client process against one fresh server."""
    from truing_core.testing.server import server_process

    with server_process(*SERVER, *SCENARIOS[scenario]) as url:
        command = [python, __file__, "--as-client", client, "--url", url]
        command += ["--requests", str(args.requests), "--concurrency", str(args.concurrency)]
        command += ["--spawned", str(time.time())]
        done = subprocess.run(command, capture_output=True, text=True, timeout=args.timeout)
        if done.returncode:
            raise SystemExit(f"{client} failed:\n{done.stderr[-2000:]}")
        counted = stats(url)
    row: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return {**row, "asked": counted["total"], "max_in_flight": counted["max_in_flight"]}


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
    add_peers(parser, PEERS)
    parser.add_argument("--timeout", type=float, default=600, help="seconds for one client")
    parser.add_argument("--output", type=Path, default=RESULTS / "dispatch.json")
    parser.add_argument("--as-client", choices=list(CLIENTS), help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--spawned", type=float, default=0.0, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.as_client:
        be_client(args.as_client, args.url, args.requests, args.concurrency, args.spawned)
        return

    peers = peers_of(parser, args.peer, PEERS)
    clients = dict.fromkeys(OURS, sys.executable) | peers
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
        "versions": {"openai": version("openai")}
        | {name: version_in(python, PACKAGES.get(name, name)) for name, python in peers.items()},
        "ideal_s": ideal,
        "scenarios": table,
        "ratios": promised,
    }
    args.output.parent.mkdir(exist_ok=True)
    args.output.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
