"""Rows on stdout: cut to a terminal, whole and tab-separated in a pipe."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from truing_core.cli import tell

if TYPE_CHECKING:
    from lte_edit.edits import Edit

_GAP = "  "
_NARROWEST = 8


def show_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A line for each row; titles on a terminal only, so that a pipe holds nothing but data."""
    if not rows:
        tell("none")
        return
    lines = [list(map(one_line, row)) for row in rows]
    if not sys.stdout.isatty():
        for line in lines:
            typer.echo("\t".join(line))
        return
    lines.insert(0, list(titles))
    widths = _widths(lines, shutil.get_terminal_size().columns)
    for line in lines:
        cells = (_cut(cell, width) for cell, width in zip(line, widths, strict=True))
        typer.echo(_GAP.join(cells).rstrip())


def show_edits(edits: Sequence[Edit], scores: Sequence[float] | None = None) -> None:
    """Edits, with their namespaces where there are several, and their scores where given."""
    titles = ["id", "prompt", "target", "subject"]
    rows = [[edit.id, edit.prompt, edit.target, edit.subject] for edit in edits]
    if len({edit.namespace for edit in edits}) > 1:
        titles.insert(1, "namespace")
        for row, edit in zip(rows, edits, strict=True):
            row.insert(1, edit.namespace)
    if scores is not None:
        titles.insert(0, "score")
        for row, score in zip(rows, scores, strict=True):
            row.insert(0, f"{score:.3f}")
    show_table(titles, rows)


def one_line(cell: str) -> str:
    """Text of others as it may be shown: it must not steer the terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in cell).split())


def _widths(lines: list[list[str]], room: int) -> list[int]:
    """A width for each column; while they do not fit, the widest one gives way."""
    from rich.cells import cell_len

    widths = [min(room, max(map(cell_len, column))) for column in zip(*lines, strict=True)]
    room -= len(_GAP) * (len(widths) - 1)
    while sum(widths) > room and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _cut(cell: str, width: int) -> str:
    from rich.cells import cell_len, set_cell_size

    if cell_len(cell) > width:
        return set_cell_size(cell, width - 1) + "…"
    return set_cell_size(cell, width)
