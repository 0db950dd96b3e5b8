"""What commands that ask models show: progress, what failed, and the plan of a dry run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from truing_core.cli import emit_json
from truing_core.terminal import progress, tell

if TYPE_CHECKING:
    from truing_core.budget import Estimate
    from truing_core.models import ChatReply


@contextmanager
def watch(label: str, total: int) -> Iterator[Callable[[ChatReply], None]]:
    """A progress bar that each reply moves; says at the end what came from the journal."""
    cached = 0

    def on_reply(reply: ChatReply) -> None:
        nonlocal cached
        cached += reply.cached
        bar.advance(failed=not reply.ok)

    with progress(label, total) as bar:
        yield on_reply
    if cached:
        tell(f"{label}: {cached:,} of {total:,} had been answered before")


def failures(count: int) -> str:
    """The end of a sentence about replies, where some failed."""
    return f"; {count} failed, run the same command again to retry them" if count else ""


def show_plan(estimates: dict[str, Estimate], as_json: bool) -> None:
    """Prints what each stage, and all together, would take."""
    if as_json:
        emit_json({name: estimate.to_dict() for name, estimate in estimates.items()})
        return
    shown = dict(estimates)
    if len(estimates) > 1:
        first, *others = estimates.values()
        shown["together"] = sum(others, start=first)
    for name, estimate in shown.items():
        typer.echo(f"{name}:")
        for line in estimate.table():
            typer.echo(f"  {line}")
