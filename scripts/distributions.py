"""Look into built distributions: what must be in them is, and nothing else.

python scripts/distributions.py DIST [PACKAGE…]    # every package where none is named
"""

from __future__ import annotations

import email.message
import email.parser
import re
import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

from readme_renderer import markdown

from workspace import Package, chosen

# Upload actions refuse core metadata newer than they know.
NEWEST_METADATA = (2, 4)
# The page on the index has no repository around it.
_OUTWARD = ("https://", "http://", "mailto:", "#")
_LINK = re.compile(r'(?:href|src)="([^"]+)"')


def files_of(package: Package, dist: Path) -> tuple[Path, Path]:
    """Where a package's wheel and its source distribution are, once they are built."""
    stem = f"{package.module}-{package.version}"
    return dist / f"{stem}-py3-none-any.whl", dist / f"{stem}.tar.gz"


def problems(package: Package, dist: Path) -> list[str]:
    """What is wrong with a package's two distributions, by file."""
    found = []
    checks = (wheel_problems, sdist_problems)
    for file, check in zip(files_of(package, dist), checks, strict=True):
        wrong = check(package, file) if file.is_file() else ["was not built"]
        found += [f"{file.name}: {problem}" for problem in wrong]
    return found


def wheel_problems(package: Package, wheel: Path) -> list[str]:
    """Compare a wheel with the source folder it was built from."""
    info = f"{package.module}-{package.version}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = email.parser.BytesParser().parsebytes(archive.read(f"{info}/METADATA"))
    code = {name for name in names if not name.startswith(f"{info}/")}
    wanted = _source_files(package)
    problems = [f"{name} is missing" for name in sorted(wanted - code)]
    problems += [f"{name} does not belong there" for name in sorted(code - wanted)]
    if f"{package.module}/py.typed" not in code:
        problems.append("py.typed is missing")
    if f"{info}/licenses/LICENSE" not in names:
        problems.append("LICENSE is missing")
    return problems + _metadata_problems(package, metadata)


def sdist_problems(package: Package, sdist: Path) -> list[str]:
    """Compare a source distribution with the package's folder."""
    top = f"{package.module}-{package.version}"
    with tarfile.open(sdist) as archive:
        names = {
            PurePosixPath(member.name).relative_to(top).as_posix()
            for member in archive.getmembers()
            if member.isfile()
        }
    wanted = {"pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "PKG-INFO"}
    wanted |= {f"src/{name}" for name in _source_files(package)}
    allowed = wanted | {".gitignore"}
    problems = [f"{name} is missing" for name in sorted(wanted - names)]
    return problems + [
        f"{name} does not belong there"
        for name in sorted(names - allowed)
        if not name.startswith("tests")
    ]


def _source_files(package: Package) -> set[str]:
    """What is in the import package, without caches."""
    found = (path.relative_to(package.source.parent) for path in package.source.rglob("*"))
    return {
        path.as_posix()
        for path in found
        if (package.source.parent / path).is_file()
        and not any(part.startswith(".") or part == "__pycache__" for part in path.parts)
    }


def _metadata_problems(package: Package, metadata: email.message.Message) -> list[str]:
    problems = []
    version = tuple(int(part) for part in metadata["Metadata-Version"].split("."))
    if version > NEWEST_METADATA:
        problems.append(f"metadata {metadata['Metadata-Version']} is newer than uploads accept")
    wanted = {
        "Name": package.name,
        "Version": package.version,
        "License-Expression": "Apache-2.0",
        "Requires-Python": ">=3.11",
        "Description-Content-Type": "text/markdown",
    }
    problems += [
        f"{key} is {metadata[key]}, not {value}"
        for key, value in wanted.items()
        if metadata[key] != value
    ]
    if not 0 < len(metadata["Summary"] or "") <= 512:
        problems.append("Summary must have 1 to 512 characters")
    links = dict(each.split(", ", 1) for each in metadata.get_all("Project-URL", []))
    problems += [f"no Project-URL {name}" for name in ("Source", "Changelog") if name not in links]
    problems += [
        f"Project-URL {name} is no https address: {link}"
        for name, link in links.items()
        if not link.startswith("https://")
    ]
    if "Typing :: Typed" not in metadata.get_all("Classifier", []):
        problems.append("the classifier 'Typing :: Typed' is missing")
    return problems + _readme_problems(str(metadata.get_payload()))


def _readme_problems(readme: str) -> list[str]:
    """What would go wrong where the index renders a README."""
    if not readme.strip():
        return ["the description is empty"]
    page = markdown.render(readme)
    if page is None:
        return ["the description cannot be rendered"]
    problems = [] if "<h1" in page else ["the description has no title"]
    return problems + [
        f"the description links to {link}, which leads nowhere from the index"
        for link in _LINK.findall(page)
        if not link.startswith(_OUTWARD)
    ]


def main(arguments: list[str]) -> int:
    if not arguments:
        print("usage: python scripts/distributions.py DIST [PACKAGE…]", file=sys.stderr)
        return 2
    wrong = [
        problem
        for package in chosen(arguments[1:])
        for problem in problems(package, Path(arguments[0]))
    ]
    print("\n".join(wrong), end="\n" if wrong else "", file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
