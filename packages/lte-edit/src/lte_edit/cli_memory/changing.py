"""``memory add``, ``remove`` and ``rollback``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from lte_edit.cli_memory.options import (
    DEFAULT_FILE,
    Author,
    EncoderSpec,
    MemoryFile,
    Namespace,
    Note,
    SomeNamespace,
    opened,
)
from truing_core.cli import JsonOut, emit_json, tell
from truing_core.errors import InputError, UsageError


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
        typer.Option(
            "--rephrasing", "-r", metavar="TEXT", help="Another way to ask; may be repeated."
        ),
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
    with opened(memory, encoder, create=True) as edits:
        result = edits.add([edit], author=author, note=note)
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


def remove_command(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="As `memory list` shows them.")],
    memory: MemoryFile = DEFAULT_FILE,
    author: Author = None,
    note: Note = None,
    as_json: JsonOut = False,
) -> None:
    """Take edits out of force; the history keeps them."""
    with opened(memory) as edits:
        change = edits.remove(ids, author=author, note=note)
    if as_json:
        emit_json({"change": change, "removed": list(dict.fromkeys(ids))})
        return
    tell(f"change {change}; 'memory rollback --to-change {change - 1}' brings them back")


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
    moment = None if to_time is None else _moment(to_time)
    with opened(memory) as edits:
        change, back, gone = edits.rollback(
            to_change=to_change, to_time=moment, namespace=namespace, author=author, note=note
        )
    if as_json:
        emit_json({"change": change, "came_back": back, "went_out": gone})
        return
    tell(f"change {change}: {back:,} edits came back into force, {gone:,} went out")


def _moment(text: str) -> datetime:
    """A time as typed; without a time zone it is local."""
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        raise UsageError(f"--to-time is '{text}'; expected 2026-03-01T12:00") from None
