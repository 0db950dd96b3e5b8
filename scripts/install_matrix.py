"""Write the tables of docs/install.md from each pyproject.toml and install_matrix.yaml.

python scripts/install_matrix.py           # writes the tables
python scripts/install_matrix.py --check   # says whether they are out of date

The page itself is written by hand; a table stands between `<!-- extras:NAME -->` and
`<!-- /extras -->`.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from generated import DOCS, cell, settle, table
from workspace import packages

SENTENCES = Path(__file__).with_suffix(".yaml")
CORE = "truing-core"
REGION = re.compile(r"(<!-- extras:([\w-]+) -->\n).*?(<!-- /extras -->)", re.DOTALL)

Projects = dict[str, dict[str, Any]]


def page(text: str, projects: Projects, sentences: dict[str, dict[str, str]]) -> str:
    """The page with its tables made anew.

    Args:
        text: The page as it stands.
        projects: `[project]` of each package by its name.
        sentences: What each extra is for, by package and extra.

    Raises:
        ValueError: A package has no table, an extra no sentence, or a sentence no extra; or the
            page promises other versions of Python.
    """
    for name, project in projects.items():
        if (promised := f"**Python** {pythons(project)}.") not in text:
            raise ValueError(f"docs/install.md does not say '{promised}', as {name} has it")
    regions = [name for _, name, _ in REGION.findall(text)]
    if sorted(regions) != sorted(projects):
        raise ValueError(f"docs/install.md has tables of {regions}, not one of each package")
    for name, project in projects.items():
        said, there = set(sentences.get(name, {})), {"", *extras(project)}
        if said != there:
            amiss = ", ".join(sorted(said ^ there))
            raise ValueError(f"{SENTENCES.name}: {name} has other extras than pyproject: {amiss}")
    return REGION.sub(
        lambda found: found[1] + rows(found[2], projects, sentences[found[2]]) + found[3], text
    )


def rows(name: str, projects: Projects, sentences: dict[str, str]) -> str:
    """The table of one package."""
    found = []
    for extra in ["", *extras(projects[name])]:
        wanted = f'pip install "{name}[{extra}]"' if extra else f"pip install {name}"
        brought = ", ".join(brings(name, extra, projects)) or "nothing else"
        found.append([f"`{wanted}`", cell(sentences[extra]), cell(brought)])
    return table(["install", "for", "brings"], found)


def pythons(project: dict[str, Any]) -> str:
    """The versions that the classifiers name: `3.11, 3.12 or 3.13`."""
    *most, last = re.findall(r"Python :: (3\.\d+)", " ".join(project["classifiers"]))
    return f"{', '.join(most)} or {last}"


def extras(project: dict[str, Any]) -> dict[str, list[str]]:
    return dict(project.get("optional-dependencies", {}))


def brings(name: str, extra: str, projects: Projects) -> list[str]:
    """Other projects' packages that an extra asks for directly, ours resolved; sorted.

    Of an extra, only what the package does not bring without it; of a tool, only what the core
    does not, and the core's name.
    """
    project = projects[name]
    plain = _resolved(project["dependencies"], projects)
    if not extra and name != CORE:
        core = _resolved(projects[CORE]["dependencies"], projects)
        return [CORE, *_spelled({key: each for key, each in plain.items() if key not in core})]
    if not extra:
        return _spelled(plain)
    return _spelled(
        {
            key: found
            for key, found in _resolved(extras(project)[extra], projects).items()
            if key not in plain
        }
    )


def _resolved(requirements: list[str], projects: Projects) -> dict[str, Requirement]:
    found: dict[str, Requirement] = {}
    for text in requirements:
        requirement = Requirement(text)
        if requirement.name not in projects:
            known = found.get(requirement.name)
            if known is not None:
                requirement.specifier = known.specifier & requirement.specifier
            found[requirement.name] = requirement
            continue
        ours = projects[requirement.name]
        below = [*ours["dependencies"]] if not requirement.extras else []
        for extra in requirement.extras:
            below += [*ours["dependencies"], *extras(ours)[extra]]
        for key, inner in _resolved(below, projects).items():
            if key in found:
                inner.specifier = found[key].specifier & inner.specifier
            found[key] = inner
    return found


def _spelled(requirements: dict[str, Requirement]) -> list[str]:
    """Names, with the lowest version and where else than everywhere."""
    spelled = []
    for name in sorted(requirements, key=str.lower):
        lowest = _lowest(requirements[name].specifier)
        only = re.fullmatch(r'platform_system == "(\w+)"', str(requirements[name].marker))
        spelled.append(f"{name}{lowest}{f' ({only[1]} only)' if only else ''}")
    return spelled


def _lowest(specifier: SpecifierSet) -> str:
    bounds = [Version(each.version) for each in specifier if each.operator == ">="]
    return f" ≥ {max(bounds)}" if bounds else ""


def main(arguments: list[str]) -> int:
    projects = {
        each.name: tomllib.loads((each.folder / "pyproject.toml").read_text("utf-8"))["project"]
        for each in packages()
    }
    sentences = yaml.safe_load(SENTENCES.read_text("utf-8"))
    try:
        text = page((DOCS / "install.md").read_text("utf-8"), projects, sentences)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return settle({"install.md": text}, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
