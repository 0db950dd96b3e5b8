"""How long does a command take to say what it can do, ours and the peers'?

    python benchmarks/cli_startup.py
    python benchmarks/cli_startup.py --peer trl=PYTHON --peer inspect-ai=PYTHON

`--help` of each tool, and of one command below it with many options, each a fresh process of the
environment it is installed in, offline and in an empty folder; one run to warm up, then medians of
seven, in turn. CPU time counts on a machine that does other work. Needs Linux or macOS. Prints a
table and writes benchmarks/results/cli_startup.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from side_by_side.processes import add_peers, peers_of, version_in

RESULT = Path(__file__).parent / "results" / "cli_startup.json"


@dataclass(frozen=True)
class Tool:
    """A command, and what makes it say what it can do.

    Attributes:
        package: The distribution it is of.
        command: Its name.
        deep: One of its own commands, with many options; none where that cannot be measured.
        help: What asks for help.
    """

    package: str
    command: str
    deep: tuple[str, ...] = ()
    help: str = "--help"

    def arguments(self, depth: str) -> tuple[str, ...]:
        """Nothing where there is nothing to measure."""
        if depth == "tool":
            return (self.help,)
        return (*self.deep, self.help) if self.deep else ()


OURS = {
    tool.package: tool
    for tool in (
        Tool("bmc-dpo", "bmc-dpo", ("train",)),
        Tool("followbench", "followbench", ("run",)),
        Tool("lion-distill", "lion-distill", ("run",)),
        Tool("lte-edit", "lte-edit", ("memory", "add")),
        Tool("webr-synth", "webr-synth", ("run",)),
    )
}
PEERS = {
    "trl": Tool("trl", "trl", ("dpo",)),
    "lm-eval": Tool("lm_eval", "lm_eval", ("run",)),
    "inspect-ai": Tool("inspect-ai", "inspect", ("eval",)),
    # Its train needs torchaudio, whose wheel loads only beside CUDA's torch.
    "llamafactory": Tool("llamafactory", "llamafactory-cli", help="help"),
    "distilabel": Tool("distilabel", "distilabel", ("pipeline", "run")),
}
DEPTHS = ("tool", "command")


def run(command: list[str], folder: Path) -> tuple[float, float]:
    """Seconds and CPU seconds of a process that has to end well."""
    log = folder / "said"
    with open(log, "wb") as said:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            cwd=folder,
            env={**os.environ, "HF_HUB_OFFLINE": "1", "TERM": "dumb"},
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        told = log.read_text("utf-8", "replace")
        raise SystemExit(f"{' '.join(command)} failed:\n{told[-2000:]}")
    return seconds, used.ru_utime + used.ru_stime


def measure(
    tools: dict[str, Tool], pythons: dict[str, str], repeats: int
) -> dict[str, dict[str, dict[str, Any]]]:
    """Medians by depth and tool, of runs in turn after one to warm up."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for depth in DEPTHS:
            calls = {
                name: [str(Path(pythons[name]).absolute().parent / tool.command), *arguments]
                for name, tool in tools.items()
                if (arguments := tool.arguments(depth))
            }
            runs: dict[str, list[tuple[float, float]]] = {name: [] for name in calls}
            for _ in range(repeats + 1):
                for name, call in calls.items():
                    runs[name].append(run(call, Path(folder)))
            found[depth] = {name: medians(each[1:]) for name, each in runs.items()}
    return found


def medians(runs: list[tuple[float, float]]) -> dict[str, Any]:
    seconds, busy = zip(*runs, strict=True)
    return {"seconds": statistics.median(seconds), "cpu_seconds": statistics.median(busy)}


def add_ratios(rows: dict[str, dict[str, Any]]) -> None:
    """Beside the slowest of ours."""
    slowest = max(rows[name]["cpu_seconds"] for name in OURS)
    for row in rows.values():
        row["times_our_slowest"] = row["cpu_seconds"] / slowest


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--output", type=Path, default=RESULT)
    add_peers(parser, PEERS)
    args = parser.parse_args()
    peers = peers_of(parser, args.peer, PEERS)
    tools = OURS | {name: PEERS[name] for name in peers}
    pythons = dict.fromkeys(OURS, sys.executable) | peers
    found = measure(tools, pythons, args.repeats)
    print(f"median of {args.repeats} after one to warm up; ratios of CPU time to our slowest")
    for depth, rows in found.items():
        add_ratios(rows)
        print(f"\n{'':<40}{'s':>8}{'CPU s':>8}{'ratio':>8}")
        for name, row in rows.items():
            command = " ".join((tools[name].command, *tools[name].arguments(depth)))
            row["command"] = command
            print(
                f"{command:<40}{row['seconds']:>8.2f}{row['cpu_seconds']:>8.2f}"
                f"{row['times_our_slowest']:>6.1f} ×"
            )
    result = {
        "repeats": args.repeats,
        **found,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": {
            name: version_in(python, tools[name].package) for name, python in pythons.items()
        },
    }
    args.output.parent.mkdir(exist_ok=True)
    args.output.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
