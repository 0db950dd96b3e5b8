"""Look for known vulnerabilities in the versions of constraints.txt.

    python scripts/audit.py [PACKAGE…]    # all of them where none is named

Asks PyPI's vulnerability service through pip-audit, which needs that network. What the service
does not know counts as not audited, and not as sound: pip-audit alone would pass it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workspace import ROOT

FOUND, NOT_AUDITED = 1, 3  # exit statuses


@dataclass
class Audit:
    """What an audit found; `unknown` are packages that could not be looked up."""

    sound: list[str] = field(default_factory=list)
    vulnerable: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def pins(text: str, names: list[str]) -> list[str]:
    """The lines `name==version` of a constraints file; of these packages, where some are named.

    Raises:
        ValueError: A named package is not in it.
    """
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    by_name = {_normal(line.partition("==")[0]): line for line in lines}
    if unknown := [name for name in names if _normal(name) not in by_name]:
        raise ValueError(f"constraints.txt has no {unknown[0]}")
    return [by_name[_normal(name)] for name in names] or lines


def read(answer: dict[str, Any]) -> Audit:
    """Sort what pip-audit says in JSON."""
    audit = Audit()
    for each in answer["dependencies"]:
        if "skip_reason" in each:
            audit.unknown.append(each["name"])
        elif not each["vulns"]:
            audit.sound.append(each["name"])
        for vulnerability in each.get("vulns", []):
            mended = ", ".join(vulnerability["fix_versions"]) or "no release yet"
            aliases = " ".join(sorted(vulnerability.get("aliases", [])))
            line = f"{each['name']} {each['version']}: {vulnerability['id']} {aliases}".rstrip()
            audit.vulnerable.append(f"{line}; mended in {mended}")
    return audit


def run(lines: list[str]) -> Audit | None:
    """Audit pinned packages; None where the service does not answer."""
    with tempfile.TemporaryDirectory() as folder:
        wanted, answer = Path(folder, "pins.txt"), Path(folder, "answer.json")
        wanted.write_text("\n".join(lines) + "\n", "utf-8")
        options = ["--no-deps", "--disable-pip", "--progress-spinner=off", "--desc=off"]
        output = ["--format=json", f"--output={answer}", f"--requirement={wanted}"]
        command = [sys.executable, "-m", "pip_audit", *options, *output]
        done = subprocess.run(command, capture_output=True, text=True)
        if not answer.is_file():
            print(done.stderr.strip().rpartition("\n")[2], file=sys.stderr)
            return None
        return read(json.loads(answer.read_text("utf-8")))


def told(audit: Audit | None, asked: int) -> tuple[str, int]:
    """What to print about an audit of so many packages, and the exit status."""
    if audit is None or len(audit.unknown) == asked:
        what = "does not answer" if audit is None else "knows none of what it was asked for"
        return f"NOT AUDITED: the vulnerability service {what}", NOT_AUDITED
    lines = [*audit.vulnerable, f"{len(audit.sound)} of {asked} packages have no known one"]
    if audit.unknown:
        lines.append(f"NOT AUDITED, unknown to the service: {', '.join(audit.unknown)}")
    status = FOUND if audit.vulnerable else NOT_AUDITED if audit.unknown else 0
    return "\n".join(lines), status


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main(arguments: list[str]) -> int:
    try:
        lines = pins((ROOT / "constraints.txt").read_text("utf-8"), arguments)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    # One first: a service that does not answer need not be asked for hundreds.
    audit = run(lines[:1])
    if audit is not None and len(lines) > 1:
        audit = run(lines)
    text, status = told(audit, len(lines))
    print(text, file=sys.stderr if status else sys.stdout)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
