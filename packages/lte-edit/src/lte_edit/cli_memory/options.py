"""What the memory's commands have in common: options, and how the file is opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from lte_edit.memory import EditMemory

DEFAULT_FILE = Path("edits.sqlite")

MemoryFile = Annotated[
    Path, typer.Option("--memory", "-M", metavar="FILE", help="The memory, one SQLite file.")
]
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
    path: Path, encoder: str | None = None, *, create: bool = False, embeds: bool = False
) -> EditMemory:
    """The memory, with an encoder where text is embedded.

    Args:
        path: Its file.
        encoder: As typed; by default the one whose vectors are stored.
        create: Whether the file may be made.
        embeds: Whether an encoder is needed; where files may be made it is.
    """
    from lte_edit.encoder import DEFAULT, load_encoder, name_of
    from lte_edit.memory import EditMemory

    if not (create or embeds):
        return EditMemory.open(path, create=False)
    stored = None
    # The encoder comes first: if there is none, no empty memory is left behind.
    if path.exists() or not create:
        with EditMemory.open(path, create=create) as memory:
            stored = memory.encoder_identity
    spec = encoder or (name_of(stored) if stored else DEFAULT)
    return EditMemory.open(path, load_encoder(spec), create=create)
