"""What a fresh interpreter has loaded: start-up time, and installations without what is heavy."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_BEFORE = """
import atexit, json, sys
atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))
"""


@dataclass(frozen=True)
class Started:
    """What an interpreter printed, and the modules it had loaded at its end."""

    out: str
    modules: frozenset[str]


def started(code: str, *arguments: object, cwd: Path | None = None) -> Started:
    """Runs code in an interpreter of its own; it must end well.

    Args:
        code: Statements.
        arguments: What follows in ``sys.argv``.
        cwd: The folder it runs in.
    """
    done = subprocess.run(
        [sys.executable, "-c", f"{_BEFORE}{code}", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
    )
    assert done.returncode == 0, done.stderr
    return Started(done.stdout, frozenset(json.loads(done.stderr.splitlines()[-1])))


def started_command(package: str, *arguments: object, cwd: Path | None = None) -> Started:
    """Runs a tool's command in an interpreter of its own: ``bmc_dpo``, ``bridge``, ``--help``."""
    return started(f"from {package}.cli import main\nmain()", *arguments, cwd=cwd)
