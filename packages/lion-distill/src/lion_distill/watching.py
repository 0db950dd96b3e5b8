"""Progress of a run: on the terminal, and in a small file that ``status --watch`` reads."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lion_distill.workspace import PROGRESS
from truing_core.asking import watch as on_terminal
from truing_core.files import write_json

if TYPE_CHECKING:
    from truing_core.models import ChatReply
    from truing_core.roles import Watch

_EVERY_S = 1.0


def watched(folder: Path) -> Watch:
    """A watch that also keeps ``progress.json`` in the run folder, at most once a second."""

    @contextmanager
    def watch(label: str, total: int) -> Iterator[Callable[[ChatReply], None]]:
        started = time.time()
        facts: dict[str, Any] = {"stage": label, "done": 0, "failed": 0, "total": total}
        last = 0.0

        def note(ended: bool = False) -> None:
            write_json(
                folder / PROGRESS,
                {**facts, "started": started, "updated": time.time(), "ended": ended},
            )

        with on_terminal(label, total) as on_reply:

            def advance(reply: ChatReply) -> None:
                nonlocal last
                on_reply(reply)
                facts["done"] += 1
                facts["failed"] += not reply.ok
                if time.monotonic() - last > _EVERY_S:
                    last = time.monotonic()
                    note()

            note()
            try:
                yield advance
            finally:
                note(ended=True)

    return watch
