"""Run benchmarks, each beside its peers; write what was not to be had into the results.

python scripts/bench.py                # all but the *_effect ones, which take long
python scripts/bench.py dispatch       # one
python scripts/bench.py --no-peers     # without the peers, and so without installing any
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import peers
from workspace import ROOT

BENCHMARKS = ROOT / "benchmarks"


def scripts(folder: Path = BENCHMARKS) -> dict[str, Path]:
    """The benchmarks by name: a script, or a folder with `run.py` for those that take long."""
    long = {path.parent.name: path for path in sorted(folder.glob("*_effect/run.py"))}
    return {path.stem: path for path in sorted(folder.glob("*.py"))} | long


def chosen(names: list[str], known: Mapping[str, Path]) -> dict[str, Path]:
    """The benchmarks of these names, in this order; those that do not take long if none is named.

    Raises:
        ValueError: There is no benchmark of a name.
    """
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"'{unknown[0]}' is no benchmark: {', '.join(known)}")
    if names:
        return {name: known[name] for name in names}
    return {name: script for name, script in known.items() if script.stem != "run"}


def note(result: Path, missing: Mapping[str, str]) -> None:
    """Write into a benchmark's result which peers were not installed, and why."""
    if not result.is_file():
        return
    found = json.loads(result.read_text("utf-8"))
    if missing or "not_installed" in found:
        found["not_installed"] = dict(missing)
        result.write_text(json.dumps(found, indent=2) + "\n", "utf-8")


def run(name: str, script: Path, *, with_peers: bool) -> bool:
    """Run one benchmark; whether it ended well."""
    own = [peer for peer in peers.load() if with_peers and name in peer.benchmarks]
    installed, missing = peers.ready(own)
    command = [
        sys.executable,
        str(script.relative_to(ROOT)),
        *(each.option() for each in installed),
    ]
    print(f"{name}: {shlex.join(command)}", flush=True)
    done = subprocess.run(command, cwd=ROOT)
    if done.returncode == 0 and with_peers:
        note(BENCHMARKS / "results" / f"{name}.json", missing)
    return done.returncode == 0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--no-peers", action="store_true", help="measure ours alone")
    options = parser.parse_args(arguments)
    try:
        wanted = chosen(options.names, scripts())
    except ValueError as error:
        parser.error(str(error))
    failed = [
        name
        for name, path in wanted.items()
        if not run(name, path, with_peers=not options.no_peers)
    ]
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
