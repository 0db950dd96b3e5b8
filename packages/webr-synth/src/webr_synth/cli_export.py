"""``webr-synth export``: its options."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from truing_core.cli import JsonOut, Output, emit_json, tell

if TYPE_CHECKING:
    from webr_synth.export.formats import Format

Rows = Annotated[
    Path,
    typer.Argument(
        metavar="ROWS", help="What run wrote: a .parquet or .jsonl file, or a folder of shards."
    ),
]
FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="NAME",
        help="messages, openai, sharegpt or alpaca; by default a file holds messages, and the "
        "hub whole rows.",
    ),
]
Card = Annotated[
    Path | None,
    typer.Option("--card", metavar="FILE", help="Write the data set card to a file."),
]
Repo = Annotated[
    str | None,
    typer.Option(
        "--push-to-hub",
        metavar="REPO",
        help="A data set on the hub, with a card; the token comes from HF_TOKEN.",
    ),
]
Private = Annotated[
    bool, typer.Option("--private", help="Make a private data set, if it is a new one.")
]
RunFolder = Annotated[
    Path | None,
    typer.Option(
        "--run-dir",
        metavar="DIR",
        help="The run folder, for the card's facts; by default they are looked for beside the "
        "rows.",
    ),
]


def export_command(
    rows: Rows,
    format: FormatOption = None,
    output: Output = None,
    push_to_hub: Repo = None,
    private: Private = False,
    card: Card = None,
    run_dir: RunFolder = None,
    as_json: JsonOut = False,
) -> None:
    """Write rows in another format, or put them on the hub with a data set card.

    openai holds messages and nothing else; sharegpt holds conversations; in alpaca the document
    of web as instruction is the input. The end of FILE says how it is written: .jsonl, .json or
    .parquet.
    """
    from webr_synth.export.flow import Export, export_rows

    wanted = Export(cast("Format | None", format), output, card, push_to_hub, private, run_dir)
    result = export_rows(rows, wanted)
    if as_json:
        emit_json(result)
        return
    places = [str(result[name]) for name in ("output", "card", "hub") if name in result]
    tell(f"{result['rows']:,} rows: {', '.join(places)}")
