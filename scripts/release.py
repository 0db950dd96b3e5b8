"""Check that a release tag, the package's version and its change log agree.

    python scripts/release.py followbench-v0.1.0 [NOTES]

Prints `package`, `folder`, `version` and `stem` (how its files in dist/ begin) as `key=value`
lines, for a workflow's outputs. Writes the entries of the change log to the file NOTES, for a page
about the release.
"""

from __future__ import annotations

import re
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import changelog
from versions import FORM
from workspace import ROOT, Package, packages

_TAG = re.compile(rf"(?P<package>.+)-v(?P<version>{FORM})")


def released(tag: str, root: Path = ROOT) -> Package:
    """The package that a tag releases.

    Raises:
        ValueError: The tag names no package, or another version than the package has.
    """
    match = _TAG.fullmatch(tag)
    if match is None:
        raise ValueError(f"'{tag}' is no release tag: PACKAGE-vX.Y.Z")
    found = {package.name: package for package in packages(root)}
    package = found.get(match["package"])
    if package is None:
        raise ValueError(f"'{match['package']}' is no package here: {', '.join(found)}")
    if package.version != match["version"]:
        raise ValueError(f"the tag says {match['version']}, {package.name} is {package.version}")
    return package


def problems(package: Package, *, today: date) -> list[str]:
    """What keeps the package's change log from being released."""
    text = package.changelog.read_text("utf-8")
    if wrong := changelog.check(text, version=package.version):
        return wrong
    unreleased, *releases = changelog.read(text)[0]
    if not releases or releases[0].version != package.version:
        return [f"no section '## [{package.version}] - YYYY-MM-DD'"]
    if unreleased.kinds:
        return [f"entries under Unreleased: move them to {package.version}"]
    if date.fromisoformat(releases[0].date or "") > today:
        return [f"{package.version} is dated {releases[0].date}, after today ({today})"]
    return []


def notes(package: Package) -> str:
    """What the change log says of the package's version, as Markdown.

    Raises:
        ValueError: It says nothing of it.
    """
    for found in changelog.read(package.changelog.read_text("utf-8"))[0]:
        if found.version == package.version:
            return changelog.write(found)
    raise ValueError(f"the change log of {package.name} has no section {package.version}")


def main(arguments: list[str]) -> int:
    if len(arguments) not in (1, 2):
        print("usage: python scripts/release.py TAG [NOTES]", file=sys.stderr)
        return 2
    try:
        package = released(arguments[0])
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    wrong = problems(package, today=datetime.now(UTC).date())
    for problem in wrong:
        print(f"{package.changelog}: {problem}", file=sys.stderr)
    if not wrong:
        for file in arguments[1:]:
            Path(file).write_text(notes(package) + "\n", "utf-8")
        folder = package.folder.relative_to(ROOT).as_posix()
        stem = f"{package.module}-{package.version}"
        print(f"package={package.name}\nfolder={folder}\nversion={package.version}\nstem={stem}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
