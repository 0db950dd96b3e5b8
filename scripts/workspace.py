"""The packages of this workspace: one folder each, named like the distribution."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Package:
    """One distribution of the workspace."""

    name: str
    folder: Path

    @property
    def module(self) -> str:
        """The name it is imported by."""
        return self.name.replace("-", "_")

    @property
    def source(self) -> Path:
        """The folder of the import package."""
        return self.folder / "src" / self.module

    @property
    def changelog(self) -> Path:
        return self.folder / "CHANGELOG.md"

    @property
    def version(self) -> str:
        """The version that hatch reads.

        Raises:
            ValueError: The package states no version.
        """
        about = self.source / "__about__.py"
        found = re.search(r'^__version__ = "([^"]+)"$', about.read_text("utf-8"), re.MULTILINE)
        if found is None:
            raise ValueError(f'{about}: no line __version__ = "…"')
        return found[1]


def packages(root: Path = ROOT) -> list[Package]:
    """All packages, the core first.

    Raises:
        ValueError: A folder is not named like the distribution in it.
    """
    found = []
    for area in ("shared", "packages"):
        for project in sorted((root / area).glob("*/pyproject.toml")):
            name = tomllib.loads(project.read_text("utf-8"))["project"]["name"]
            if name != project.parent.name:
                raise ValueError(f"{project}: the folder of {name} must be called {name}")
            found.append(Package(name, project.parent))
    return found


def chosen(names: list[str], root: Path = ROOT) -> list[Package]:
    """The packages of these names, in this order; all where there are none.

    Raises:
        ValueError: There is no package of a name.
    """
    found = {package.name: package for package in packages(root)}
    if unknown := [name for name in names if name not in found]:
        raise ValueError(f"'{unknown[0]}' is no package here: {', '.join(found)}")
    return [found[name] for name in names or found]
