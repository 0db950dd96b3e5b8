"""``memory list``, ``show``, ``search``, ``history`` and ``stats``."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lte_edit.cli_memory.options import (
    DEFAULT_FILE,
    AtChange,
    EditId,
    EncoderSpec,
    K,
    MemoryFile,
    Namespace,
    SomeNamespace,
    opened,
)
from lte_edit.cli_memory.tables import one_line, show_edits, show_table
from truing_core.cli import JsonOut, emit_json
from truing_core.terminal import printable

if TYPE_CHECKING:
    from lte_edit.memory import Change


def list_command(
    memory: MemoryFile = DEFAULT_FILE,
    namespace: SomeNamespace = None,
    at: AtChange = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="So many at most.")
    ] = None,
    offset: Annotated[
        int, typer.Option("--offset", metavar="N", min=0, help="Pass over the first N.")
    ] = 0,
    as_json: JsonOut = False,
) -> None:
    """The edits in force, the oldest first."""
    with opened(memory) as kept:
        edits = kept.edits(namespace, at=at, limit=limit, offset=offset)
    if as_json:
        emit_json([edit.model_dump(mode="json") for edit in edits])
        return
    show_edits(edits)


def show_command(
    edit_id: EditId, memory: MemoryFile = DEFAULT_FILE, as_json: JsonOut = False
) -> None:
    """One edit with all its fields and its history."""
    with opened(memory) as kept:
        edit, active = kept.get(edit_id)
        changes = kept.history(edit_id)
    facts = {**edit.model_dump(mode="json"), "in_force": active}
    if as_json:
        emit_json({**facts, "history": [_entry(each) for each in changes]})
        return
    for name, value in facts.items():
        if value not in (None, "", []):
            typer.echo(f"{name:<12} {one_line(str(value))}")
    for each in changes:
        came = "came into force" if edit_id in each.began else "went out of force"
        time = f"{each.time.astimezone():%Y-%m-%d %H:%M:%S}"
        typer.echo(f"{f'change {each.id}':<12} {time} {one_line(each.kind)}: {came}")


def search_command(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="As a user would ask.")],
    memory: MemoryFile = DEFAULT_FILE,
    namespace: Namespace = "default",
    k: K = 3,
    threshold: Annotated[
        float | None,
        typer.Option("--threshold", metavar="X", help="Least score; by default the stored one."),
    ] = None,
    encoder: EncoderSpec = None,
    as_json: JsonOut = False,
) -> None:
    """The edits a model would be shown for a question, the nearest first."""
    with opened(memory, encoder, embeds=True) as kept:
        (hits,) = kept.search(query, k, namespace=namespace, threshold=threshold)
    if as_json:
        emit_json([{"score": hit.score, "part": hit.part, **hit.edit.model_dump(mode="json")}
                   for hit in hits])  # fmt: skip
        return
    show_edits([hit.edit for hit in hits], [hit.score for hit in hits])


def history_command(
    memory: MemoryFile = DEFAULT_FILE,
    namespace: SomeNamespace = None,
    edit_id: Annotated[str | None, typer.Option("--id", metavar="ID", help="Of one edit.")] = None,
    as_json: JsonOut = False,
) -> None:
    """What was changed, when, by whom; the first change first."""
    with opened(memory) as kept:
        changes = kept.history(edit_id, namespace)
    if as_json:
        emit_json([_entry(each) for each in changes])
        return
    rows = [
        (str(each.id), f"{each.time.astimezone():%Y-%m-%d %H:%M:%S}", each.kind,
         f"+{len(each.began)} -{len(each.ended)}", each.author or "", each.note or "")
        for each in changes
    ]  # fmt: skip
    show_table(("change", "time", "kind", "edits", "author", "note"), rows)


def stats_command(memory: MemoryFile = DEFAULT_FILE, as_json: JsonOut = False) -> None:
    """How much there is, and by which encoder."""
    with opened(memory) as kept:
        stats = kept.stats()
    if as_json:
        emit_json(stats)
        return
    for name, value in stats.items():
        shown = f"{value:,}" if isinstance(value, int) else value
        if isinstance(value, dict):
            shown = ", ".join(f"{key} ({count:,})" for key, count in value.items()) or "none"
        typer.echo(f"{name:<11} {'none' if shown is None else printable(str(shown))}")


def _entry(change: Change) -> dict[str, Any]:
    return {
        "change": change.id, "kind": change.kind, "time": change.time.astimezone(UTC).isoformat(),
        "author": change.author, "note": change.note, "began": list(change.began),
        "ended": list(change.ended),
    }  # fmt: skip
