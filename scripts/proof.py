"""Prove a release before it is one: build it, look inside, use the wheel alone.

python scripts/proof.py PACKAGE DIST    # of this tree
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from packaging.version import Version

from workspace import ROOT, Package, chosen, packages


def prove(tree: Path, package: Package, dist: Path) -> list[str]:
    """Build a package of a work tree into `dist` and use its wheel; return what to know of it.

    A tool meets the core as it was last released, as its users will.

    Raises:
        subprocess.CalledProcessError: The build or the try failed.
    """
    core = packages(tree)[0]
    scripts = tree / "scripts"
    _run(scripts / "build.py", dist, package.name)
    remarks = []
    if package.name != core.name:
        version, remark = _core_for(tree, core, dist)
        remarks.append(f"tried with {core.name} {version}{remark}")
    _run(scripts / "alone.py", package.name, dist)
    return remarks


def _core_for(tree: Path, core: Package, dist: Path) -> tuple[str, str]:
    """Build the core that is to be met: the last released, else the tree's."""
    folder = core.folder.relative_to(tree).as_posix()
    tags = _git(tree, "tag", "--list", f"{core.name}-v*", "--merged").split()
    if not tags:
        _run("-m", "build", "--no-isolation", "--outdir", dist, core.folder)
        return core.version, ", which has no tag yet: release it first, the tool asks for it"
    last = max(tags, key=lambda tag: Version(tag.removeprefix(f"{core.name}-v")))
    with tempfile.TemporaryDirectory() as released:
        archive = Path(released, "core.tar")
        _git(tree, "archive", "--output", str(archive), last, "--", folder)
        subprocess.run(["tar", "-xf", str(archive), "-C", released], check=True)
        _run("-m", "build", "--no-isolation", "--outdir", dist, Path(released, folder))
    behind = _git(tree, "diff", "--stat", last, "--", f"{folder}/src").strip()
    remark = ", as released; its code changed since, which users will not have" if behind else ""
    return last.removeprefix(f"{core.name}-v"), remark


def _run(*arguments: str | Path) -> None:
    subprocess.run([sys.executable, *map(str, arguments)], check=True)


def _git(tree: Path, *arguments: str) -> str:
    command = ["git", "-C", str(tree), *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print("usage: python scripts/proof.py PACKAGE DIST", file=sys.stderr)
        return 2
    try:
        [package] = chosen(arguments[:1])
        for remark in prove(ROOT, package, Path(arguments[1])):
            print(remark)
    except (ValueError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
