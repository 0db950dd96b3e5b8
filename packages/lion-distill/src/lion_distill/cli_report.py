"""``lion-distill report``: its options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from truing_core.cli import JsonOut, Price, emit_json, tell


def report_command(
    run_dir: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, finished or not.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="The page; by default report.html in the run."
        ),
    ] = None,
    price: Price = None,
    as_json: JsonOut = False,
) -> None:
    """Write the page of a run: student against teacher, pools, referee, examples to read."""
    from lion_distill.reporting.material import gather
    from lion_distill.reporting.pipeline import report_json, write_report
    from lion_distill.reporting.terminal_text import report_lines
    from truing_core.budget import Price as TokenPrice

    cost = TokenPrice.parse(price) if price is not None else None
    material = gather(run_dir)
    path = write_report(material, output, price=cost)
    if as_json:
        emit_json({**report_json(material), "report": str(path)})
    else:
        for line in report_lines(material):
            typer.echo(line)
    tell(f"the page is in {path}")
