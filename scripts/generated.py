"""Pages of docs/ that a script writes: written anew, or compared with what stands there."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from workspace import ROOT

DOCS = ROOT / "docs"


def settle(pages: Mapping[str, str], arguments: list[str], *, docs: Path = DOCS) -> int:
    """Write the pages, or with `--check` say which are not what would be written.

    Args:
        pages: Text by path below `docs`.
        arguments: What the script was called with.
        docs: The folder of the site's sources.

    Returns:
        The exit code: 1 if `--check` found a page that has to be written anew.
    """
    stale = [name for name, text in pages.items() if text != _read(docs / name)]
    if "--check" not in arguments:
        for name in stale:
            (docs / name).parent.mkdir(parents=True, exist_ok=True)
            (docs / name).write_text(pages[name], "utf-8")
            print(f"docs/{name}: written")
        return 0
    for name in stale:
        print(f"docs/{name} is out of date: `nox -s generate` writes it", file=sys.stderr)
    return int(bool(stale))


def cell(text: str) -> str:
    """Text as one cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table of cells that are markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _read(file: Path) -> str | None:
    return file.read_text("utf-8") if file.is_file() else None
