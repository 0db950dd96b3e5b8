"""``lion-distill lineage``: where an instruction comes from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from truing_core.cli import JsonOut, emit_json
from truing_core.terminal import printable

if TYPE_CHECKING:
    from lion_distill.rows import Instruction

_MOST_CHILDREN = 20
_LONGEST = 100


def lineage_command(
    id: Annotated[
        str, typer.Argument(metavar="ID", help="An instruction's id, or how it begins.")
    ],
    run_dir: Annotated[Path, typer.Option("--run-dir", metavar="DIR", help="The run folder.")],
    as_json: JsonOut = False,
) -> None:  # fmt: skip
    """Show an instruction's ancestors, from the seed down, and what was made of it."""
    from lion_distill.lineage import Lineage

    lineage = Lineage(run_dir)
    line, made = lineage.ancestry(id), lineage.children(id)
    if as_json:
        emit_json(
            {
                "id": line[-1].id,
                "ancestry": [_row(each, lineage.gaps) for each in line],
                "children": [_row(each, lineage.gaps) for each in made],
            }
        )
        return
    for depth, each in enumerate(line):
        _print(each, depth, lineage.gaps, chosen=each is line[-1])
    for each in made[:_MOST_CHILDREN]:
        _print(each, len(line), lineage.gaps)
    if len(made) > _MOST_CHILDREN:
        typer.echo(f"{'  ' * len(line)}... and {len(made) - _MOST_CHILDREN:,} more")


def _row(each: Instruction, gaps: Mapping[str, Mapping[int, float]]) -> dict[str, Any]:
    known = gaps.get(each.id, {})
    return {
        **each.model_dump(mode="json"),
        "gaps": [{"iteration": number, "gap": gap} for number, gap in known.items()],
    }


def _print(
    each: Instruction,
    depth: int,
    gaps: Mapping[str, Mapping[int, float]],
    *,
    chosen: bool = False,
) -> None:
    indent = "  " * depth
    about = ["seed"] if each.kind == "seed" else [f"iteration {each.iteration}, from {each.kind}"]
    if each.similarity is not None:
        to = f" to {each.nearest}" if each.nearest is not None else ""
        about.append(f"similarity {each.similarity:.2f}{to}")
    known = [f"{gap:+.1f} in {number}" for number, gap in gaps.get(each.id, {}).items()]
    if known:
        about.append(f"gap {', '.join(known)}")
    typer.echo(f"{indent}{each.id}{' *' if chosen else ''}  {'; '.join(about)}")
    typer.echo(f"{indent}  {_short(each.instruction)}")
    if each.input.strip():
        typer.echo(f"{indent}  > {_short(each.input)}")


def _short(text: str) -> str:
    line = printable(" ".join(text.split()))
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..."
