"""What the memory's commands have in common: options, and how the file is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from lte_edit.memory import EditMemory

DEFAULT_FILE = "edits.sqlite"

MemoryFile = Annotated[
    str,
    typer.Option(
        "--memory", "-M", metavar="FILE|URL",
        help="The memory: one SQLite file, or postgresql://USER@HOST/DATABASE (keep the password "
        "in PGPASSWORD or ~/.pgpass).",
    ),
]  # fmt: skip
EncoderSpec = Annotated[
    str | None,
    typer.Option(
        "--encoder", metavar="SPEC",
        help="demo, or a sentence-transformers folder or hub id; by default the one the memory "
        "was made with, or multi-qa-mpnet-base-dot-v1.",
    ),
]  # fmt: skip
Namespace = Annotated[str, typer.Option("--namespace", "-n", metavar="NAME", help="Whose edits.")]
SomeNamespace = Annotated[
    str | None,
    typer.Option("--namespace", "-n", metavar="NAME", help="Only there; by default everywhere."),
]
Author = Annotated[str | None, typer.Option("--author", metavar="NAME", help="For the history.")]
Note = Annotated[str | None, typer.Option("--note", metavar="TEXT", help="For the history.")]
EditId = Annotated[str, typer.Argument(metavar="ID", help="As `memory list` shows it.")]
AtChange = Annotated[
    int | None, typer.Option("--at", metavar="N", min=0, help="As it was after change N.")
]
K = Annotated[int, typer.Option("--k", "-k", metavar="N", min=1, help="Most edits of a question.")]


def opened(
    place: str, encoder: str | None = None, *, create: bool = False, embeds: bool = False
) -> EditMemory:
    """The memory, with an encoder where text is embedded.

    Args:
        place: Its file or URL.
        encoder: As typed; by default the one whose vectors are stored.
        create: Whether the memory may be made.
        embeds: Whether an encoder is needed; where memories may be made it is.
    """
    from lte_edit.encoder import load_encoder, spec_for
    from lte_edit.memory import EditMemory
    from lte_edit.memory.backend import MissingMemory

    if not (create or embeds):
        return EditMemory.open(place, create=False)
    stored = None
    # The encoder comes first: if there is none, no empty memory is left behind.
    try:
        with EditMemory.open(place, create=False) as memory:
            stored = memory.encoder_identity
    except MissingMemory:
        if not create:
            raise
    return EditMemory.open(place, load_encoder(spec_for(encoder, stored)), create=create)
