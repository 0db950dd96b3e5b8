"""A CycloneDX bill of materials of an environment that holds one wheel and what it needs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from licences import Licence
from workspace import ROOT, Package

SPECIFICATION = "1.6"


def make(package: Package, environment: Path, licences: Iterable[Licence]) -> dict[str, Any]:
    """The bill of a package that is installed, alone, in a virtual environment.

    Raises:
        ValueError: The bill lacks something, or is not CycloneDX.
        subprocess.CalledProcessError: cyclonedx-py failed.
    """
    known = list(licences)
    options = ["--mc-type", "library", "--output-reproducible", "--spec-version", SPECIFICATION]
    project = ["--pyproject", str(package.folder / "pyproject.toml")]
    command = [sys.executable, "-m", "cyclonedx_py", "environment", *options, *project]
    date = os.environ.get("SOURCE_DATE_EPOCH") or _date_of_commit()
    done = subprocess.run(
        [*command, str(environment)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "SOURCE_DATE_EPOCH": date},
    )
    bill = complete(json.loads(done.stdout), package, known)
    if wrong := problems(bill, package, known):
        raise ValueError("\n".join(f"the bill of materials: {problem}" for problem in wrong))
    _validate(bill)
    return bill


def complete(bill: dict[str, Any], package: Package, licences: Iterable[Licence]) -> dict[str, Any]:
    """Add what cyclonedx-py does not see: the root's version, and licences told from texts."""
    root = bill["metadata"]["component"]
    root |= {
        "version": package.version,
        "purl": f"pkg:pypi/{package.name}@{package.version}",
    }
    told = {_normal(each.name): each.licence for each in licences if each.from_text}
    for component in bill["components"]:
        name = _normal(component["name"])
        if not component.get("licenses") and name in told:
            licence = {"id": told[name], "acknowledgement": "concluded"}
            component["licenses"] = [{"license": licence}]
    return bill


def problems(bill: dict[str, Any], package: Package, licences: Iterable[Licence]) -> list[str]:
    """What a reader of the bill would miss: distributions, versions, the root's edges."""
    root = bill["metadata"]["component"]
    listed = {_normal(each["name"]): each.get("version") for each in bill["components"]}
    installed = {_normal(each.name): each.version for each in licences}
    installed.pop(_normal(package.name), None)
    found = [f"it lists no {name}" for name in sorted(installed.keys() - listed.keys())]
    found += [f"{name} is not installed" for name in sorted(listed.keys() - installed.keys())]
    found += [
        f"it says {name} {listed[name]}, installed is {version}"
        for name, version in sorted(installed.items())
        if listed.get(name, version) != version
    ]
    edges = {each["ref"]: each.get("dependsOn", []) for each in bill.get("dependencies", [])}
    if installed and not edges.get(root["bom-ref"]):
        found.append(f"it does not say what {package.name} depends on")
    if "file://" in json.dumps(bill):
        found.append("it names a place on this machine")
    return found


def _date_of_commit() -> str:
    command = ["git", "log", "-1", "--format=%ct"]
    return subprocess.run(
        command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ).stdout.strip()


def _validate(bill: dict[str, Any]) -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    if error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bill)):
        raise ValueError(f"the bill of materials is not CycloneDX {SPECIFICATION}: {error}")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
