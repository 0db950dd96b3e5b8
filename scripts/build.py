"""Build distributions and look inside: what must be in them is, and nothing else.

    python scripts/build.py DIST [PACKAGE…]    # every package where none is named

Empties DIST first. Needs `build`, `hatchling`, `twine` and `check-wheel-contents`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import distributions
from workspace import Package, chosen


def build(package: Package, dist: Path) -> None:
    """Build a package's wheel and source distribution into `dist`, and check both.

    Raises:
        ValueError: Something is amiss in them: a line for each problem.
        subprocess.CalledProcessError: A tool refuses to build, or what was built.
    """
    options = ["--no-isolation", "--outdir", str(dist), str(package.folder)]
    # Its output is long, and says little once all went well.
    done = subprocess.run([sys.executable, "-m", "build", *options], capture_output=True, text=True)
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
        done.check_returncode()
    wheel, sdist = distributions.files_of(package, dist)
    if problems := distributions.problems(package, dist):
        raise ValueError("\n".join(problems))
    _run("twine", "check", "--strict", str(wheel), str(sdist))
    source = str(package.source.parent)
    _run("check_wheel_contents", "--no-config", "--src-dir", source, str(wheel))
    for file in (wheel, sdist):
        print(f"{file.name}: {file.stat().st_size:,} bytes, as it should be")


def _run(module: str, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", module, *arguments], check=True)


def main(arguments: list[str]) -> int:
    if not arguments:
        print("usage: python scripts/build.py DIST [PACKAGE…]", file=sys.stderr)
        return 2
    dist = Path(arguments[0])
    shutil.rmtree(dist, ignore_errors=True)
    try:
        for package in chosen(arguments[1:]):
            build(package, dist)
    except (ValueError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
