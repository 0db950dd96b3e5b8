"""Use one wheel alone in a clean environment, then say what it brought there.

    python scripts/alone.py PACKAGE DIST [--python PYTHON] [--resolve]

Installs DIST's wheel of the package with nothing but what it asks for, runs its smoke script, and
writes the bill of materials (`.cdx.json`) and the licences (`.licences.md`) of that environment
beside it. With --resolve it only looks whether pip finds all that the wheel needs for that Python.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import distributions
from pathlib import Path

import sbom
from distributions import files_of
from licences import Licence, licence_of, report
from workspace import ROOT, Package, chosen


def evidence_of(package: Package, dist: Path) -> tuple[Path, Path]:
    """Where a package's bill of materials and licence report are written."""
    stem = f"{package.module}-{package.version}"
    return dist / f"{stem}.cdx.json", dist / f"{stem}.licences.md"


def use(package: Package, dist: Path, interpreter: str = sys.executable) -> list[Licence]:
    """Install a package's wheel, run its smoke script, write the evidence; return the licences.

    Raises:
        ValueError: The bill of materials is not whole.
        subprocess.CalledProcessError: The wheel cannot be installed, or used.
    """
    with tempfile.TemporaryDirectory() as folder:
        python = _clean(Path(folder), interpreter)
        _pip(python, "install", *_sources(dist), str(files_of(package, dist)[0]))
        _pip(python, "check")
        smoke = ROOT / "scripts/smoke" / f"{package.name}.py"
        for code in (["-c", f"import {package.module}"], [str(smoke)]):  # away from the tree
            subprocess.run([python, "-I", *code], check=True, cwd=folder)
        licences = sorted(map(licence_of, distributions(path=[_site_packages(python)])))
        bill = sbom.make(package, Path(folder), licences)
    file, page = evidence_of(package, dist)
    file.write_text(json.dumps(bill, indent=2, sort_keys=True) + "\n", "utf-8")
    page.write_text(report(f"{package.name}=={package.version}", licences), "utf-8")
    return licences


def resolve(package: Package, dist: Path, interpreter: str) -> None:
    """Look whether pip finds what the wheel needs, for an interpreter; installs nothing.

    Raises:
        subprocess.CalledProcessError: It does not.
    """
    with tempfile.TemporaryDirectory() as folder:
        python = _clean(Path(folder), interpreter)
        wheel = str(files_of(package, dist)[0])
        _pip(python, "install", "--dry-run", "--only-binary=:all:", *_sources(dist), wheel)


def _clean(folder: Path, interpreter: str) -> Path:
    """Make a virtual environment without pip, which is no part of what a wheel brings."""
    subprocess.run([interpreter, "-m", "venv", "--without-pip", str(folder)], check=True)
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _sources(dist: Path) -> list[str]:
    return ["--constraint", str(ROOT / "constraints.txt"), "--find-links", str(dist)]


def _pip(python: Path, command: str, *arguments: str) -> None:
    options = ["--quiet", "--disable-pip-version-check", "--python", str(python)]
    subprocess.run([sys.executable, "-m", "pip", *options, command, *arguments], check=True)


def _site_packages(python: Path) -> str:
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    done = subprocess.run([python, "-I", "-c", code], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Use one wheel alone in a clean environment.")
    parser.add_argument("package")
    parser.add_argument("dist", type=Path)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--resolve", action="store_true")
    options = parser.parse_args(arguments)
    try:
        [package] = chosen([options.package])
        if options.resolve:
            resolve(package, options.dist, options.python)
            print(f"{package.name}: pip finds all it needs for {options.python}")
            return 0
        licences = use(package, options.dist, options.python)
    except (ValueError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    unknown = [each.name for each in licences if not each.known]
    print(f"{package.name}: {len(licences)} distributions; {evidence_of(package, options.dist)[0]}")
    if unknown:
        print(f"{package.name}: no licence is stated by {', '.join(unknown)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
