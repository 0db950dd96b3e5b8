"""Reading the history: which change did what to which edits."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

from lte_edit.memory.entries import changes_of
from lte_edit.memory.results import Change


def changes(
    database: sqlite3.Connection, edit_id: str | None = None, namespace: str | None = None
) -> list[Change]:
    """The changes, the first one first, and what each did to the edits that are asked for.

    Args:
        database: An open memory.
        edit_id: Only this edit, and the changes that moved it.
        namespace: Only its edits.
    """
    periods = database.execute(
        "SELECT e.id, p.began, p.ended FROM period p JOIN edit e ON e.number = p.edit "
        "WHERE (?1 IS NULL OR e.id = ?1) AND (?2 IS NULL OR e.namespace = ?2) "
        "ORDER BY e.number, p.began",
        (edit_id, namespace),
    )
    entries = (
        (number, kind, datetime.fromisoformat(time), author, note)
        for number, kind, time, author, note in database.execute(
            "SELECT id, kind, time, author, note FROM change ORDER BY id"
        )
    )
    return changes_of(periods, entries, everything=edit_id is None and namespace is None)


def change_at(database: sqlite3.Connection, time: datetime) -> int:
    """The last change up to a time; 0 if there was none."""
    (found,) = database.execute(
        "SELECT coalesce(max(id), 0) FROM change WHERE time <= ?",
        (time.astimezone(UTC).isoformat(),),
    ).fetchone()
    return int(found)
