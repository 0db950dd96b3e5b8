"""What does it cost to be killed half way? 2,000 chat requests, begun twice.

    python benchmarks/resume.py
    python benchmarks/resume.py --peer inspect-ai=PYTHON --peer curator=PYTHON

A client and all its processes get SIGKILL once a local server (a process of its own, 200 ms an
answer) has given half of the answers; then the same client is started again, as its documentation
says. What counts: how many requests the server saw beyond one for each question, how long the
second run takes from its start to its end, and how many answers are right in the end. Of the
requests asked twice, those under way at the kill (64 at most) nobody could have kept. A client that
does not end is given up, and not measured again. Prints a table and writes
benchmarks/results/resume.json.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from side_by_side.chat_clients import CLIENTS, PACKAGES, PEERS, SERVER, be_client, stats
from side_by_side.processes import add_peers, peers_of, version_in

RESULT = Path(__file__).parent / "results" / "resume.json"
WAYS = {"inspect-ai": ["inspect-ai", "inspect-ai eval"]}  # of a peer to go on; else its one client


def started(
    client: str, python: str, url: str, folder: Path, args: argparse.Namespace
) -> subprocess.Popen[str]:
    """A client as a process, with a session of its own to be killed by."""
    command = [python, __file__, "--as-client", client, "--url", url, "--folder", str(folder)]
    command += ["--requests", str(args.requests), "--concurrency", str(args.concurrency)]
    command += ["--spawned", str(time.time())]
    with open(folder.parent / "stderr", "wb") as told:
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=told, text=True, start_new_session=True
        )


def kill(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def kill_half_way(
    process: subprocess.Popen[str], url: str, args: argparse.Namespace
) -> tuple[int, int]:
    """Kills the client's processes; how many answers were given and how many questions asked."""
    deadline = time.monotonic() + args.timeout
    while (answered := stats(url)["answered"].total()) < args.requests / 2:
        if process.poll() is not None or time.monotonic() > deadline:
            kill(process)
            raise SystemExit(f"ended, or was too slow, after {answered} answers")
        time.sleep(0.05)
    kill(process)
    time.sleep(args.latency + 0.3)  # what was under way has been answered, to nobody
    return answered, stats(url)["asked"].total()


def measure(client: str, python: str, args: argparse.Namespace) -> dict[str, Any]:
    """A client that is killed and one that goes on, against one server."""
    from truing_core.testing.server import server_process

    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as root,
        server_process(*SERVER, "--latency", str(args.latency)) as url,
    ):
        folder = Path(root, "kept")
        folder.mkdir()
        answered, asked = kill_half_way(started(client, python, url, folder, args), url, args)
        row: dict[str, Any] = {"answered_before": answered, "under_way": asked - answered}
        begun = time.monotonic()
        process = started(client, python, url, folder, args)
        try:
            out, _ = process.communicate(timeout=args.timeout)
        except subprocess.TimeoutExpired:
            kill(process)
            return {**row, **again(url), "second_run_s": None, "right": 0}
        row["second_run_s"] = time.monotonic() - begun
        if process.returncode:
            told = Path(root, "stderr").read_text("utf-8", "replace")
            raise SystemExit(f"{client} failed when it was started again:\n{told[-2000:]}")
        return {**row, **again(url), "right": json.loads(out.splitlines()[-1])["right"]}


def again(url: str) -> dict[str, int]:
    """How many requests were one more for a question that had been asked."""
    asked = stats(url)["asked"]
    return {"asked_twice": asked.total() - len(asked)}


def median_row(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians; no seconds where a client did not end."""
    return {
        key: None
        if any(run[key] is None for run in runs)
        else statistics.median(run[key] for run in runs)
        for key in runs[0]
    }


def table(rows: dict[str, dict[str, Any]], seconds: float) -> str:
    lines = [f"{'':<16}{'asked twice':>12}{'second run':>13}{'beside truing':>15}{'right':>8}"]
    for name, row in rows.items():
        if row["second_run_s"] is None:
            lines.append(f"{name:<16}  did not end within {seconds:.0f} s")
            continue
        lines.append(
            f"{name:<16}{row['asked_twice']:>12.0f}{row['second_run_s']:>11.2f} s"
            f"{row['times_ours']:>13.2f} ×{row['right']:>8.0f}"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--latency", type=float, default=0.2, help="seconds for an answer")
    parser.add_argument("--repeats", type=int, default=3, help="the table shows medians")
    parser.add_argument("--timeout", type=float, default=120, help="seconds for one client")
    parser.add_argument("--output", type=Path, default=RESULT)
    add_peers(parser, PEERS)
    parser.add_argument("--as-client", choices=list(CLIENTS), help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--spawned", type=float, default=0.0, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.as_client:
        be_client(
            args.as_client, args.url, args.requests, args.concurrency, args.spawned, args.folder
        )
        return

    peers = peers_of(parser, args.peer, PEERS)
    pythons = {"truing": sys.executable} | {
        way: python for peer, python in peers.items() for way in WAYS.get(peer, [peer])
    }
    rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in pythons}
    for _ in range(args.repeats):
        for name, python in pythons.items():
            if all(run["second_run_s"] for run in rounds[name]):
                rounds[name].append(measure(name, python, args))
    rows = {name: median_row(runs) for name, runs in rounds.items()}
    ours = rows["truing"]["second_run_s"]
    for row in rows.values():
        row["times_ours"] = row["second_run_s"] and row["second_run_s"] / ours
    print(f"{args.requests} requests, killed half way, median of {args.repeats}")
    print(table(rows, args.timeout))
    result = {
        "requests": args.requests,
        "concurrency": args.concurrency,
        "latency_s": args.latency,
        "repeats": args.repeats,
        "timeout_s": args.timeout,
        "clients": {
            name: {**row, "second_run_s": row["second_run_s"] or "did not end"}
            for name, row in rows.items()
        },
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": {
            name: version_in(python, PACKAGES.get(name, name)) for name, python in peers.items()
        },
    }
    args.output.parent.mkdir(exist_ok=True)
    args.output.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
