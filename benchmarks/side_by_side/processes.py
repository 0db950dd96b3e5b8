"""One measurement in a process of its own: the script itself, run by somebody's interpreter."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

ONE_THREAD = {
    name: "1"
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS", "MKL_NUM_THREADS")
}


def add_peers(parser: argparse.ArgumentParser, names: Collection[str]) -> None:
    """Adds ``--peer``, for some of the names."""
    parser.add_argument(
        "--peer",
        action="append",
        default=[],
        metavar="NAME[=PYTHON]",
        help=f"also measure {' or '.join(names)}, if need be in its own environment",
    )


def peers_of(
    parser: argparse.ArgumentParser, wanted: Sequence[str], names: Collection[str]
) -> dict[str, str]:
    """The interpreter of each peer that was asked for, in the order of the names."""
    found = {}
    for each in wanted:
        name, _, python = each.partition("=")
        if name not in names:
            parser.error(f"--peer {name}: expected one of {', '.join(names)}")
        found[name] = python or sys.executable
    return {name: found[name] for name in names if name in found}


def measured(
    python: str,
    script: str,
    arguments: Sequence[object],
    environment: Mapping[str, str] = ONE_THREAD,
) -> dict[str, Any]:
    """What a script says in the last line of its output.

    Raises:
        SystemExit: It failed.
    """
    command = [python, script, *map(str, arguments)]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **environment}, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def version_in(python: str, package: str) -> str:
    """The version of a package that an interpreter would import."""
    told = "from importlib.metadata import version; import sys; print(version(sys.argv[1]))"
    done = subprocess.run([python, "-c", told, package], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def timed(call: Callable[[], Any]) -> tuple[float, float, Any]:
    """Seconds, CPU seconds of all threads and of processes that ended, and what the call gave."""
    wall, busy = time.perf_counter(), _cpu()
    result = call()
    return time.perf_counter() - wall, _cpu() - busy, result


def _cpu() -> float:
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


def memory_mb(name: str) -> float:
    """VmRSS (now) or VmHWM (the peak), of this process alone; the kernel has to be Linux."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise KeyError(name)
