"""The history put together from what either database has of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from lte_edit.memory.results import Change

Period = tuple[str, int, int | None]
"""Id of an edit, the change it came into force with, and the one it went with, if any."""

Entry = tuple[int, str, datetime, str | None, str | None]
"""Number, kind, time, author and note of a change."""


def changes_of(
    periods: Iterable[Period], entries: Iterable[Entry], *, everything: bool
) -> list[Change]:
    """The changes in the order of ``entries``, and what each did to the edits of ``periods``.

    Args:
        periods: Of the edits that are asked for.
        entries: All changes.
        everything: Whether changes that moved none of these edits are wanted, too.
    """
    moved: dict[int, tuple[list[str], list[str]]] = {}
    for edit, began, ended in periods:
        moved.setdefault(began, ([], []))[0].append(edit)
        if ended is not None:
            moved.setdefault(ended, ([], []))[1].append(edit)
    found = []
    for number, kind, time, author, note in entries:
        if everything or number in moved:
            came, went = moved.get(number, ([], []))
            found.append(Change(number, kind, time, author, note, tuple(came), tuple(went)))
    return found
