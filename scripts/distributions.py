"""Look into the built distributions: what must be in them is, and nothing else.

python scripts/distributions.py dist
"""

from __future__ import annotations

import email.message
import email.parser
import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

from workspace import Package, packages

# Upload actions refuse core metadata newer than they know.
NEWEST_METADATA = (2, 4)


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
    if not str(metadata.get_payload()).strip():
        problems.append("the description is empty")
    return problems


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python scripts/distributions.py FOLDER", file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    failed = False
    for package in packages():
        stem = f"{package.module}-{package.version}"
        for name, problems_of in (
            (f"{stem}-py3-none-any.whl", wheel_problems),
            (f"{stem}.tar.gz", sdist_problems),
        ):
            file = folder / name
            problems = problems_of(package, file) if file.is_file() else ["was not built"]
            failed |= bool(problems)
            for problem in problems:
                print(f"{name}: {problem}", file=sys.stderr)
            if not problems:
                print(f"{name}: {file.stat().st_size:,} bytes, as it should be")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
