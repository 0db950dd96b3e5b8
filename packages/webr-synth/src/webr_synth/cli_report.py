"""``webr-synth report`` and ``compare``: their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from truing_core.cli import JsonOut, Limit, Seed, emit_json, progress, tell
from truing_core.errors import UsageError
from truing_core.terminal import show

Field = Annotated[
    str | None,
    typer.Option(
        "--field", metavar="NAME", help="The field that holds the request; by default it is found."
    ),
]
Sample = Annotated[
    int,
    typer.Option(
        "--sample", metavar="N", min=2, help="Requests of each data set to embed and measure."
    ),
]
Encoder = Annotated[
    str,
    typer.Option(
        "--encoder", metavar="SPEC",
        help="demo, a folder or a hub id of sentence-transformers; words (TF-IDF, no model); "
        "auto: demo where it is installed.",
    ),
]  # fmt: skip


def report_command(
    data: Annotated[
        Path,
        typer.Argument(metavar="DATA", help="What run wrote: a file, or a folder of shards."),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The page.")
    ] = Path("report.html"),
    run_dir: Annotated[
        Path | None,
        typer.Option(
            "--run-dir", metavar="DIR",
            help="The run folder, for its summary.json; by default the one that wrote the data "
            "is looked for here and beside it.",
        ),
    ] = None,
    against: Annotated[
        list[Path] | None,
        typer.Option(
            "--against", metavar="DATA", help="Compare with this data set, too; may be repeated."
        ),
    ] = None,
    rows: Annotated[
        int, typer.Option("--rows", metavar="N", min=0, help="Rows to read, drawn by the seed.")
    ] = 12,
    sample: Sample = 1000,
    encoder: Encoder = "auto",
    field: Field = None,
    limit: Limit = None,
    seed: Seed = 0,
    as_json: JsonOut = False,
) -> None:  # fmt: skip
    """Look at a data set: funnel, mix, lengths, verbs, diversity, a map, and rows to read."""
    from webr_synth.reporting.pipeline import Looking, look, write_report
    from webr_synth.reporting.terminal_text import report_json, report_lines

    _not_an_input(output, [data, *(against or [])])
    looking = Looking(sample, rows, encoder, field, limit, seed)
    with progress("read") as bar:
        report = look(data, against or [], looking, folder=run_dir, on_rows=bar.advance)
    write_report(report, output)
    if as_json:
        emit_json({**report_json(report), "report": str(output)})
    else:
        for line in report_lines(report):
            show(line)
    tell(f"the page is in {output}")


def compare_command(
    data: Annotated[
        list[Path],
        typer.Argument(
            metavar="DATA...",
            help="Alpaca, ShareGPT, messages, webr-synth's rows, or prompts: files or folders.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write a page with a map, too."),
    ] = None,
    sample: Sample = 1000,
    encoder: Encoder = "auto",
    field: Field = None,
    limit: Limit = None,
    seed: Seed = 0,
    as_json: JsonOut = False,
) -> None:
    """How diverse the requests of data sets are, measured on as many of each."""
    from webr_synth.reporting.compare_page import comparison_html
    from webr_synth.reporting.comparing import compare
    from webr_synth.reporting.pipeline import Looking, surveys
    from webr_synth.reporting.terminal_text import comparison_lines

    if output is not None:
        _not_an_input(output, data)
    looking = Looking(sample, 0, encoder, field, limit, seed)
    with progress("read") as bar:
        read = surveys(data, looking, on_rows=bar.advance)
    comparison = compare(read, seed=seed, encoder=encoder)
    if output is not None:
        from truing_core.files import write_text

        facts = {"data": [str(path) for path in data], "seed": seed}
        write_text(output, comparison_html(comparison, facts))
        tell(f"the page is in {output}")
    if as_json:
        emit_json({**comparison.to_dict(), "seed": seed})
    else:
        for line in comparison_lines(comparison):
            show(line)


def _not_an_input(output: Path, inputs: list[Path]) -> None:
    if output.resolve() in [path.resolve() for path in inputs]:
        raise UsageError(f"'{output}' is an input; name another place to write to")
