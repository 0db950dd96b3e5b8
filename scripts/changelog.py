"""Check the change logs: Keep a Changelog 1.1.0, newest release first, in step with the version.

python scripts/changelog.py            # every package of the workspace
python scripts/changelog.py FILE…      # these files, without the version
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from packaging.version import InvalidVersion, Version

from workspace import packages

KINDS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
UNRELEASED = "Unreleased"
_LINK = re.compile(r"\[[^\]]+\]: \S+")
_RELEASE = re.compile(r"\[(?P<version>[^\]]+)\](?: - (?P<date>\S+))?(?P<yanked> \[YANKED\])?")


@dataclass
class Release:
    """One section of a change log."""

    version: str
    line: int
    date: str | None = None
    kinds: dict[str, list[str]] = field(default_factory=dict)


def read(text: str) -> tuple[list[Release], list[str]]:
    """Read a change log; return its releases in order, and what is wrong with its form."""
    releases: list[Release] = []
    problems: list[str] = []
    entries: list[str] | None = None
    lines = text.splitlines()
    if not lines or lines[0] != "# Changelog":
        problems.append("line 1: must be '# Changelog'")
    for number, line in enumerate(lines[1:], start=2):
        if line.startswith("## "):
            entries = None
            if match := _RELEASE.fullmatch(line[3:]):
                releases.append(Release(match["version"], number, match["date"]))
            else:
                problems.append(f"line {number}: must be '## [version] - YYYY-MM-DD'")
        elif line.startswith("### "):
            entries = None
            kind = line[4:]
            if not releases:
                problems.append(f"line {number}: '{kind}' stands outside a release")
                continue
            if kind not in KINDS:
                problems.append(f"line {number}: '{kind}' is none of {', '.join(KINDS)}")
            elif kind in releases[-1].kinds:
                problems.append(f"line {number}: a second '{kind}' in {releases[-1].version}")
            entries = releases[-1].kinds.setdefault(kind, [])
        elif line.startswith("#"):
            problems.append(f"line {number}: a heading of this kind has no place here")
        elif line.startswith("- "):
            if entries is None:
                problems.append(f"line {number}: an entry outside a section like '### Added'")
            else:
                entries.append(line[2:])
        elif entries and line.startswith("  "):
            entries[-1] += "\n" + line[2:]
        elif line and releases and not _LINK.match(line):
            problems.append(f"line {number}: must be an entry '- …', or go on one by two spaces")
    return releases, problems


def move(text: str, version: str, day: date) -> str:
    """Put what stands under Unreleased under a version instead.

    Raises:
        ValueError: There is no line '## [Unreleased]'.
    """
    heading = f"## [{UNRELEASED}]\n"
    if heading not in text:
        raise ValueError(f"no line '{heading.strip()}'")
    return text.replace(heading, f"{heading}\n## [{version}] - {day.isoformat()}\n", 1)


def write(release: Release) -> str:
    """The entries of a release as Markdown, without its heading."""
    return "\n\n".join(
        f"### {kind}\n\n" + "\n".join("- " + entry.replace("\n", "\n  ") for entry in entries)
        for kind, entries in release.kinds.items()
    )


def check(text: str, *, version: str | None = None) -> list[str]:
    """Say what is wrong with a change log; with `version`, also whether it keeps up with it."""
    releases, problems = read(text)
    if not releases or releases[0].version != UNRELEASED or releases[0].date:
        problems.append("the first section must be '## [Unreleased]'")
    newer: tuple[Version, date] | None = None
    for release in releases:
        where = f"line {release.line}"
        problems += [
            f"{where}: '{kind}' of {release.version} has no entry"
            for kind, entries in release.kinds.items()
            if not entries
        ]
        if release is releases[0] and release.version == UNRELEASED:
            continue
        try:
            parsed = Version(release.version), date.fromisoformat(release.date or "")
        except InvalidVersion:
            problems.append(f"{where}: '{release.version}' is no version")
            continue
        except ValueError:
            problems.append(f"{where}: {release.version} needs its date as YYYY-MM-DD")
            continue
        if not release.kinds:
            problems.append(f"{where}: {release.version} says nothing")
        if newer and (parsed[0] >= newer[0] or parsed[1] > newer[1]):
            problems.append(f"{where}: {release.version} must stand above {newer[0]}")
        newer = parsed
    if version is not None and not problems:
        problems += _keeps_up(releases, version)
    return problems


def _keeps_up(releases: list[Release], version: str) -> list[str]:
    released = [release.version for release in releases[1:]]
    if version in released[:1]:
        return []
    if version in released:
        return [f"the package is still at {version}, older than the release {released[0]} above"]
    if released and Version(version) < Version(released[0]):
        return [f"the package's version {version} is older than the release {released[0]}"]
    if not releases[0].kinds:
        return [f"version {version} is neither released nor described under Unreleased"]
    return []


def main(arguments: list[str]) -> int:
    found = {str(path): check(Path(path).read_text("utf-8")) for path in arguments} or {
        str(package.changelog): check(package.changelog.read_text("utf-8"), version=package.version)
        for package in packages()
    }
    for path, problems in found.items():
        for problem in problems:
            print(f"{path}: {problem}", file=sys.stderr)
    if not any(found.values()):
        print(f"{len(found)} change logs are in order")
    return int(any(found.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
