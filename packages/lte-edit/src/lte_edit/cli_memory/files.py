"""``memory import``, ``export``, ``calibrate`` and ``reembed``: what takes long or takes files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lte_edit.cli_memory.options import (
    DEFAULT_FILE,
    AtChange,
    Author,
    EncoderSpec,
    K,
    MemoryFile,
    Namespace,
    SomeNamespace,
    opened,
)
from lte_edit.cli_memory.tables import show_table
from truing_core.cli import JsonOut, emit_json, progress, say, tell
from truing_core.errors import InputError

if TYPE_CHECKING:
    from lte_edit.memory.transfer import OnInvalid, Placed

_BATCH = 512  # edits of an import that are embedded and kept together; its help names the number


def import_command(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...", help=".jsonl, .json, .csv or .parquet; rows with prompt, target …"
        ),
    ],
    memory: MemoryFile = DEFAULT_FILE,
    namespace: Namespace = "default",
    skip_invalid: Annotated[
        bool, typer.Option("--skip-invalid", help="Report rows that cannot be, and go on.")
    ] = False,
    author: Author = None,
    encoder: EncoderSpec = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the files and keep nothing.")
    ] = False,
    as_json: JsonOut = False,
) -> None:
    """Add the edits of files; what is in the memory already is left alone.

    Checks all files, then commits 512 edits at a time; run again, it goes on. Of rows with the
    same subject and prompt the last one holds.
    """
    from lte_edit.memory.transfer import latest, read_files

    invalid: list[InputError] = []

    def skip(error: InputError) -> None:
        invalid.append(error)
        say(str(error))

    on_invalid = skip if skip_invalid else None
    placed = _without_clashes(read_files(files, namespace, on_invalid), memory, on_invalid)
    counts = {"read": len(placed), "invalid": len(invalid)}
    if dry_run:
        _counted(counts, as_json)
        return
    lasting, superseded, unchanged = latest(placed)
    counts |= {"added": 0, "superseded": superseded, "unchanged": unchanged}
    note = f"import of {', '.join(Path(file).name for file in files)}"
    with opened(memory, encoder, create=True) as kept, progress("import", len(lasting)) as bar:
        for start in range(0, len(lasting), _BATCH):
            part = [each.edit for each in lasting[start : start + _BATCH]]
            result = kept.add(part, author=author, note=note)
            counts["added"] += len(result.added)
            counts["superseded"] += len(result.superseded)
            counts["unchanged"] += len(result.unchanged)
            bar.advance(len(part))
    _counted(counts, as_json)


def export_command(
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FILE", help="The edits: .jsonl, .json, .csv or .parquet."
        ),
    ],
    memory: MemoryFile = DEFAULT_FILE,
    namespace: SomeNamespace = None,
    at: AtChange = None,
    as_json: JsonOut = False,
) -> None:
    """Write the edits in force to a file that `memory import` takes."""
    from lte_edit.memory.transfer import rows_of
    from truing_core.records import write_rows

    with opened(memory) as kept:
        count = write_rows(output, rows_of(kept.edits(namespace, at=at)))
    if as_json:
        emit_json({"edits": count, "output": str(output)})
        return
    tell(f"{count:,} edits in {output}")


def calibrate_command(
    questions: Annotated[
        str,
        typer.Argument(
            metavar="QUESTIONS", help="Rows with question, and edit_id where an edit is needed."
        ),
    ],
    memory: MemoryFile = DEFAULT_FILE,
    namespace: Namespace = "default",
    k: K = 3,
    encoder: EncoderSpec = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the trade-off and store nothing.")
    ] = False,
    as_json: JsonOut = False,
) -> None:
    """Choose the score below which no edit is shown, and store it."""
    from dataclasses import asdict

    from lte_edit.memory.calibration import calibrate, read_questions

    asked = read_questions(questions)
    with opened(memory, encoder, embeds=True) as kept:
        result = calibrate(kept, asked, k=k, namespace=namespace)
        if not dry_run:
            kept.set_threshold(result.threshold)
    if as_json:
        curve = [asdict(point) for point in result.curve]
        emit_json({"threshold": result.threshold, "best": asdict(result.best), "curve": curve,
                   "stored": not dry_run})  # fmt: skip
        return
    rows = [
        (f"{point.threshold:.3f}", f"{point.found:.1%}", f"{point.untouched:.1%}",
         f"{point.balance:.1%}", "best" if point == result.best else "")
        for point in result.thinned(12)
    ]  # fmt: skip
    show_table(("threshold", "found", "untouched", "mean", ""), rows)
    tell(f"threshold {result.threshold:.4f}" + ("" if dry_run else f" stored in {kept.path}"))


def reembed_command(
    encoder: Annotated[
        str, typer.Option("--encoder", metavar="SPEC", help="The encoder from now on.")
    ],
    memory: MemoryFile = DEFAULT_FILE,
    as_json: JsonOut = False,
) -> None:
    """Embed all edits with another encoder; the stored threshold is dropped."""
    from lte_edit.encoder import load_encoder

    with opened(memory) as kept:
        chosen = load_encoder(encoder)
        with progress("embed", kept.counts()["edits"]) as bar:
            count = kept.reembed(chosen, bar.advance)
    if as_json:
        emit_json({"edits": count, "encoder": chosen.identity})
        return
    tell(f"{count:,} edits embedded by {encoder}; the threshold, if any, is to be set anew")


def _without_clashes(
    placed: list[Placed], memory: str, on_invalid: OnInvalid | None
) -> list[Placed]:
    """What can be added; an id that the memory has for another edit is told before any is."""
    from lte_edit.memory import EditMemory
    from lte_edit.memory.backend import MissingMemory

    try:
        with EditMemory.open(memory, create=False) as kept:
            clashing = kept.clashing([each.edit for each in placed])
    except MissingMemory:
        return placed
    for each in placed:
        if each.edit.id in clashing:
            problem = f"the id '{each.edit.id}' belongs to another edit of {kept.path}"
            error = each.error(f"{problem}; choose another id", "id")
            if on_invalid is None:
                raise error
            on_invalid(error)
    return [each for each in placed if each.edit.id not in clashing]


def _counted(counts: dict[str, int], as_json: bool) -> None:
    if as_json:
        emit_json(counts)
        return
    tell(", ".join(f"{count:,} {name}" for name, count in counts.items()))
