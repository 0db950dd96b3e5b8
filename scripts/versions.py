"""Which version a package may take next, and how it takes it."""

from __future__ import annotations

import re
from datetime import date

from packaging.version import Version

import changelog
from workspace import Package

FORM = r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?"


def problems(package: Package, version: str, tags: list[str]) -> list[str]:
    """Why a package cannot be released as a version, given its release tags.

    A version that the change log already has a section for may still be tagged, once, where it is
    the package's and nothing came after it.
    """
    if not re.fullmatch(FORM, version) or str(Version(version)) != version:
        return [f"'{version}' is no version: X.Y.Z, or X.Y.Z with a1, b1 or rc1 after it"]
    wanted = Version(version)
    tagged = [Version(tag.removeprefix(f"{package.name}-v")) for tag in tags]
    if tagged and wanted <= max(tagged):
        return [f"{package.name} {max(tagged)} is tagged already: choose a higher one"]
    if wanted < Version(package.version):
        return [f"{package.name} is at {package.version} already: choose a higher one"]
    text = package.changelog.read_text("utf-8")
    if wrong := changelog.check(text):
        return [f"{package.changelog.name}: {problem}" for problem in wrong]
    unreleased, *releases = changelog.read(text)[0]
    if releases and releases[0].version == version == package.version and not unreleased.kinds:
        return []
    if releases and wanted <= Version(releases[0].version):
        return [f"the change log is at {releases[0].version} already: choose a higher one"]
    if not unreleased.kinds:
        return [f"{package.changelog.name} says nothing under Unreleased: there is no change"]
    return []


def move_to(package: Package, version: str, today: date) -> None:
    """Write a version into a package's `__about__.py` and its change log, where need be."""
    about = package.source / "__about__.py"
    text = about.read_text("utf-8")
    about.write_text(text.replace(f'"{package.version}"', f'"{version}"'), "utf-8")
    text = package.changelog.read_text("utf-8")
    if changelog.read(text)[0][0].kinds:
        package.changelog.write_text(changelog.move(text, version, today), "utf-8")
