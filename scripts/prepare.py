"""Prepare a release on this machine: version, change log, proof, commit, tag. Pushes nothing.

    python scripts/prepare.py bmc-dpo 0.1.1 [--dry-run]

All of it happens in a second work tree, which is thrown away: what fails leaves no trace in this
one. Only when the built wheel has been used does the commit come here.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import proof
import release
import versions
from workspace import ROOT, Package, chosen

Prove = Callable[[Path, Package, Path], list[str]]


@dataclass(frozen=True)
class Prepared:
    """A release as it was, or would be, made."""

    tag: str
    changes: str  # as a diff
    remarks: list[str]
    files: list[Path]
    commit: str | None  # None after a dry run


def prepare(
    name: str,
    version: str,
    *,
    root: Path = ROOT,
    today: date,
    prove: Prove = proof.prove,
    dry_run: bool = False,
) -> Prepared:
    """Prepare the release of a package; `prove` builds and tries it, and returns remarks.

    Raises:
        ValueError: The tree, the version or the change log is not ready for it.
        subprocess.CalledProcessError: git, a build or a try failed.
    """
    if changed := git(root, "status", "--porcelain").splitlines():
        raise ValueError(f"the tree is not clean: {changed[0][3:]} and {len(changed) - 1} more")
    if not git(root, "branch", "--show-current").strip():
        raise ValueError("no branch is checked out: a release goes on one")
    [package] = chosen([name], root)
    tag = f"{name}-v{version}"
    tags = git(root, "tag", "--list", f"{name}-v*").split()
    if wrong := versions.problems(package, version, tags):
        raise ValueError("\n".join(wrong))
    with second_tree(root) as tree:
        [package] = chosen([name], tree)
        versions.move_to(package, version, today)
        package = release.released(tag, tree)
        if wrong := release.problems(package, today=today):
            raise ValueError("\n".join(wrong))
        changes = git(tree, "diff")
        dist = tree / "dist"
        remarks = prove(tree, package, dist)
        files = sorted(dist.glob(f"{package.module}-{version}*"))
        if dry_run:
            return Prepared(tag, changes, remarks, [file.relative_to(tree) for file in files], None)
        kept = [_keep(file, root / "dist") for file in files]
        commit = _record(root, tree, package, tag, committed=bool(changes))
    return Prepared(tag, changes, remarks, [file.relative_to(root) for file in kept], commit)


@contextmanager
def second_tree(root: Path, commit: str = "HEAD") -> Iterator[Path]:
    """A work tree of a commit, beside the repository's own, until the end of the block."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder).resolve() / "tree"
        git(root, "worktree", "add", "--quiet", "--detach", str(tree), commit)
        try:
            yield tree
        finally:
            git(root, "worktree", "remove", "--force", str(tree))


def git(root: Path, *arguments: str) -> str:
    """What git says in a work tree."""
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def _keep(file: Path, dist: Path) -> Path:
    dist.mkdir(exist_ok=True)
    return Path(shutil.copy2(file, dist))


def _record(root: Path, tree: Path, package: Package, tag: str, *, committed: bool) -> str:
    """Commit in the second tree, tag it, and bring the branch of the first one there."""
    if committed:
        message = f"{package.name}: release {package.version}"
        git(tree, "commit", "--quiet", "--all", "--message", message)
    commit = git(tree, "rev-parse", "HEAD").strip()
    text = f"{package.name} {package.version}\n\n{release.notes(package)}"
    # Headings of the change log begin as git's comments do.
    git(tree, "tag", "--annotate", "--cleanup=whitespace", "--message", text, tag)
    try:
        git(root, "merge", "--quiet", "--ff-only", commit)
    except subprocess.CalledProcessError:
        git(root, "tag", "--delete", tag)
        raise ValueError("the branch moved on meanwhile: prepare the release again") from None
    return commit


def _told(prepared: Prepared, branch: str) -> str:
    lines = [prepared.changes.rstrip() or "version and change log are as they must be"]
    lines += ["", *(f"note: {remark}" for remark in prepared.remarks)]
    lines += [f"  {file.as_posix()}" for file in prepared.files]
    if prepared.commit is None:
        return "\n".join([*lines, f"a dry run: {prepared.tag} can be released; nothing changed"])
    undo = f"git tag -d {prepared.tag}"
    if prepared.changes:
        undo += " && git reset --keep HEAD~1"
    return "\n".join(
        [
            *lines,
            f"{prepared.tag} is tagged at {prepared.commit[:12]}; nothing was pushed",
            f"look at it:  git show {prepared.tag}",
            f"publish it:  git push origin {branch} && git push origin {prepared.tag}",
            f"undo it:     {undo}",
        ]
    )


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="nox -s release --", description="Prepare a release.")
    parser.add_argument("package")
    parser.add_argument("version")
    parser.add_argument("--dry-run", action="store_true", help="do it all, and keep nothing")
    options = parser.parse_args(arguments)
    try:
        prepared = prepare(
            options.package,
            options.version,
            today=datetime.now(UTC).date(),
            dry_run=options.dry_run,
        )
    except (ValueError, subprocess.CalledProcessError) as error:
        print(error, "nothing was released, and the tree is as it was", sep="\n", file=sys.stderr)
        return 1
    print(_told(prepared, git(ROOT, "branch", "--show-current").strip()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
