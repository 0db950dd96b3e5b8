"""``lte-edit memory``: add, import, look, take out, roll back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from truing_core.cli import DryRun, JsonOut, emit_json, progress, say, tell
from truing_core.errors import InputError, UsageError

if TYPE_CHECKING:
    from lte_edit.edits import Edit
    from lte_edit.memory import EditMemory

memory_app = typer.Typer(help="Keep edits: in force at once, never lost.", no_args_is_help=True)

_BATCH = 512  # edits of an import that are embedded and kept together

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
DEFAULT_FILE = Path("edits.sqlite")


@memory_app.command("add")
def add_command(
    prompt: Annotated[
        str, typer.Argument(metavar="PROMPT", help="A question, or the start of a sentence.")
    ],
    target: Annotated[str, typer.Argument(metavar="TARGET", help="What holds from now on.")],
    memory: MemoryFile = DEFAULT_FILE,
    subject: Annotated[
        str, typer.Option("--subject", "-s", metavar="TEXT", help="What the fact is about.")
    ] = "",
    rephrasing: Annotated[
        list[str] | None,
        typer.Option("--rephrasing", "-r", metavar="TEXT", help="Another way to ask; repeatable."),
    ] = None,
    edit_id: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="Its id; by default made up.")
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", metavar="TEXT", help="Where it comes from.")
    ] = None,
    namespace: Namespace = "default",
    author: Author = None,
    note: Note = None,
    encoder: EncoderSpec = None,
    as_json: JsonOut = False,
) -> None:
    """Add an edit; it is on disk and in force when the command returns."""
    from pydantic import ValidationError

    from lte_edit.edits import Edit, complaint

    fields: dict[str, Any] = {
        "prompt": prompt, "target": target, "subject": subject, "rephrasings": rephrasing or (),
        "namespace": namespace, "author": author, "source": source,
    }  # fmt: skip
    if edit_id is not None:
        fields["id"] = edit_id
    try:
        edit = Edit.model_validate(fields)
    except ValidationError as error:
        field, message = complaint(error)
        raise InputError(message, field=field) from None
    with _opened(memory, encoder, create=True) as opened:
        result = opened.add([edit], author=author, note=note)
    (made,) = result.added or result.unchanged
    if as_json:
        emit_json({"id": made, "change": result.change, "superseded": result.superseded,
                   "unchanged": bool(result.unchanged)})  # fmt: skip
        return
    typer.echo(made)
    if result.unchanged:
        tell("that is in force already")
    elif result.superseded:
        tell(f"supersedes {', '.join(result.superseded)}")


@memory_app.command("import")
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
    dry_run: DryRun = False,
    as_json: JsonOut = False,
) -> None:
    """Add the edits of files; what is in the memory already is left alone."""
    from lte_edit.memory.transfer import read_edits

    invalid: list[InputError] = []

    def skip(error: InputError) -> None:
        invalid.append(error)
        say(str(error))

    on_invalid = skip if skip_invalid else None
    edits = [edit for file in files for edit in read_edits(file, namespace, on_invalid)]
    counts = {"read": len(edits), "invalid": len(invalid)}
    if dry_run:
        _counted(counts, as_json)
        return
    counts |= {"added": 0, "superseded": 0, "unchanged": 0}
    names = ", ".join(Path(file).name for file in files)
    with _opened(memory, encoder, create=True) as opened, progress("import", len(edits)) as bar:
        for start in range(0, len(edits), _BATCH):
            part = edits[start : start + _BATCH]
            result = opened.add(part, author=author, note=f"import of {names}")
            counts["added"] += len(result.added)
            counts["superseded"] += len(result.superseded)
            counts["unchanged"] += len(result.unchanged)
            for _ in part:
                bar.advance()
    _counted(counts, as_json)


@memory_app.command("list")
def list_command(
    memory: MemoryFile = DEFAULT_FILE,
    namespace: SomeNamespace = None,
    at: Annotated[
        int | None, typer.Option("--at", metavar="N", min=0, help="As it was after change N.")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", metavar="N", min=1)] = None,
    as_json: JsonOut = False,
) -> None:
    """The edits in force, the oldest first."""
    with _opened(memory) as opened:
        edits = opened.edits(namespace, at=at, limit=limit)
    if as_json:
        emit_json([edit.model_dump(mode="json") for edit in edits])
        return
    _show_edits(edits)


@memory_app.command("show")
def show_command(
    edit_id: EditId, memory: MemoryFile = DEFAULT_FILE, as_json: JsonOut = False
) -> None:
    """One edit with all its fields and its history."""
    with _opened(memory) as opened:
        edit, active = opened.get(edit_id)
        changes = opened.history(edit_id)
    facts = {**edit.model_dump(mode="json"), "in_force": active}
    if as_json:
        emit_json({**facts, "history": [_entry(each) for each in changes]})
        return
    for name, value in facts.items():
        if value not in (None, "", []):
            typer.echo(f"{name:<12} {value}")
    for each in changes:
        came = "came into force" if edit_id in each.began else "went out of force"
        typer.echo(
            f"{'change ' + str(each.id):<12} {each.time:%Y-%m-%d %H:%M:%S} {each.kind}: {came}"
        )


@memory_app.command("search")
def search_command(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="As a user would ask.")],
    memory: MemoryFile = DEFAULT_FILE,
    namespace: Namespace = "default",
    k: Annotated[int, typer.Option("--k", "-k", metavar="N", min=1, help="How many.")] = 3,
    threshold: Annotated[
        float | None,
        typer.Option("--threshold", metavar="X", help="Least score; by default the stored one."),
    ] = None,
    encoder: EncoderSpec = None,
    as_json: JsonOut = False,
) -> None:
    """The edits a model would be shown for a question, the nearest first."""
    with _opened(memory, encoder, embeds=True) as opened:
        (hits,) = opened.search([query], k, namespace=namespace, threshold=threshold)
    if as_json:
        emit_json([{"score": hit.score, "part": hit.part, **hit.edit.model_dump(mode="json")}
                   for hit in hits])  # fmt: skip
        return
    _show_edits([hit.edit for hit in hits], [f"{hit.score:.3f}" for hit in hits])


@memory_app.command("remove")
def remove_command(
    ids: Annotated[list[str], typer.Argument(metavar="ID...")],
    memory: MemoryFile = DEFAULT_FILE,
    author: Author = None,
    note: Note = None,
) -> None:
    """Take edits out of force; the history keeps them."""
    with _opened(memory) as opened:
        change = opened.remove(ids, author=author, note=note)
    tell(f"change {change}; 'memory rollback --to-change {change - 1}' brings them back")


@memory_app.command("rollback")
def rollback_command(
    memory: MemoryFile = DEFAULT_FILE,
    to_change: Annotated[
        int | None, typer.Option("--to-change", metavar="N", min=0, help="As after change N.")
    ] = None,
    to_time: Annotated[
        str | None, typer.Option("--to-time", metavar="ISO", help="As at 2026-03-01T12:00.")
    ] = None,
    namespace: SomeNamespace = None,
    author: Author = None,
    note: Note = None,
    as_json: JsonOut = False,
) -> None:
    """Bring back what was in force; itself a change that can be rolled back."""
    moment = None
    if to_time is not None:
        try:
            moment = datetime.fromisoformat(to_time)
        except ValueError:
            raise UsageError(f"--to-time is '{to_time}'; expected 2026-03-01T12:00") from None
        moment = moment if moment.tzinfo else moment.astimezone()
    with _opened(memory) as opened:
        change, back, gone = opened.rollback(
            to_change=to_change, to_time=moment, namespace=namespace, author=author, note=note
        )
    if as_json:
        emit_json({"change": change, "came_back": back, "went_out": gone})
        return
    tell(f"change {change}: {back:,} edits came back into force, {gone:,} went out")


@memory_app.command("history")
def history_command(
    memory: MemoryFile = DEFAULT_FILE,
    namespace: SomeNamespace = None,
    edit_id: Annotated[str | None, typer.Option("--id", metavar="ID", help="Of one edit.")] = None,
    as_json: JsonOut = False,
) -> None:
    """What was changed, when, by whom; the first change first."""
    with _opened(memory) as opened:
        changes = opened.history(edit_id, namespace)
    if as_json:
        emit_json([_entry(each) for each in changes])
        return
    rows = [
        (str(each.id), f"{each.time.astimezone():%Y-%m-%d %H:%M:%S}", each.kind,
         f"+{len(each.began)} -{len(each.ended)}", each.author or "", each.note or "")
        for each in changes
    ]  # fmt: skip
    _table(("change", "time", "kind", "edits", "author", "note"), rows)


@memory_app.command("export")
def export_command(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help=".jsonl, .json, .csv, .parquet")
    ],
    memory: MemoryFile = DEFAULT_FILE,
    namespace: SomeNamespace = None,
    at: Annotated[
        int | None, typer.Option("--at", metavar="N", min=0, help="As it was after change N.")
    ] = None,
) -> None:
    """Write the edits in force to a file that `memory import` takes."""
    from lte_edit.memory.transfer import rows_of
    from truing_core.records import write_rows

    with _opened(memory) as opened:
        count = write_rows(output, rows_of(opened.edits(namespace, at=at)))
    tell(f"{count:,} edits in {output}")


@memory_app.command("stats")
def stats_command(memory: MemoryFile = DEFAULT_FILE, as_json: JsonOut = False) -> None:
    """How much there is, and by which encoder."""
    with _opened(memory) as opened:
        stats = opened.stats()
    if as_json:
        emit_json(stats)
        return
    for name, value in stats.items():
        shown = f"{value:,}" if isinstance(value, int) else value
        if isinstance(value, dict):
            shown = ", ".join(f"{key} ({count:,})" for key, count in value.items()) or "none"
        typer.echo(f"{name:<11} {'none' if shown is None else shown}")


@memory_app.command("reembed")
def reembed_command(
    encoder: Annotated[
        str, typer.Option("--encoder", metavar="SPEC", help="The encoder from now on.")
    ],
    memory: MemoryFile = DEFAULT_FILE,
) -> None:
    """Embed all edits with another encoder; the stored threshold is dropped."""
    from lte_edit.encoder import load_encoder

    with _opened(memory) as opened:
        count = opened.reembed(load_encoder(encoder))
    tell(f"{count:,} edits embedded by {encoder}; the threshold, if any, is to be set anew")


def _opened(
    path: Path, encoder: str | None = None, *, create: bool = False, embeds: bool = False
) -> EditMemory:
    """The memory, with the encoder it asks for where text is embedded."""
    from lte_edit.encoder import DEFAULT, load_encoder
    from lte_edit.memory import EditMemory

    if not (create or embeds):
        return EditMemory.open(path, create=False)
    opened = EditMemory.open(path, create=create)
    stored = opened.encoder_identity
    opened.close()
    spec = encoder or (stored.partition("#")[0] if stored else DEFAULT)
    return EditMemory.open(path, load_encoder(spec), create=create)


def _entry(change: Any) -> dict[str, Any]:
    return {
        "change": change.id, "kind": change.kind, "time": change.time.astimezone(UTC).isoformat(),
        "author": change.author, "note": change.note, "began": list(change.began),
        "ended": list(change.ended),
    }  # fmt: skip


def _counted(counts: dict[str, int], as_json: bool) -> None:
    if as_json:
        emit_json(counts)
        return
    tell(", ".join(f"{count:,} {name}" for name, count in counts.items()))


def _show_edits(edits: list[Edit], scores: list[str] | None = None) -> None:
    several = len({edit.namespace for edit in edits}) > 1
    titles = ["id", "prompt", "target", "subject"]
    rows = [[edit.id, edit.prompt, edit.target, edit.subject] for edit in edits]
    if several:
        titles.insert(1, "namespace")
        for row, edit in zip(rows, edits, strict=True):
            row.insert(1, edit.namespace)
    if scores is not None:
        titles.insert(0, "score")
        for row, score in zip(rows, scores, strict=True):
            row.insert(0, score)
    _table(tuple(titles), rows)


def _table(titles: tuple[str, ...], rows: Any) -> None:
    """Rows on stdout, each on a line, cut to a terminal but whole in a pipe."""
    import sys

    from rich import box
    from rich.console import Console
    from rich.table import Table

    if not rows:
        tell("none")
        return
    if not sys.stdout.isatty():
        for row in rows:
            typer.echo("\t".join(" ".join(cell.split()) for cell in row))
        return
    table = Table(box=box.SIMPLE_HEAD)
    for title in titles:
        table.add_column(title, no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(*(" ".join(cell.split()) for cell in row))
    Console(file=sys.stdout, highlight=False, markup=False).print(table)
