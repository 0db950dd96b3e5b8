"""Reading the history: which change did what to which edits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import psycopg

from lte_edit.memory.entries import changes_of
from lte_edit.memory.results import Change


def changes(
    connection: psycopg.Connection[Any], edit_id: str | None = None, namespace: str | None = None
) -> list[Change]:
    """The changes, the first one first, and what each did to the edits that are asked for.

    Args:
        connection: Inside a transaction.
        edit_id: Only this edit, and the changes that moved it.
        namespace: Only its edits.
    """
    periods = connection.execute(
        "SELECT e.id, p.began, p.ended FROM lte_edit_period p "
        "JOIN lte_edit_edit e ON e.number = p.edit "
        "WHERE (%(id)s::text IS NULL OR e.id = %(id)s) "
        "AND (%(namespace)s::text IS NULL OR e.namespace = %(namespace)s) "
        "ORDER BY e.number, p.began",
        {"id": edit_id, "namespace": namespace},
    )
    entries = (
        (number, kind, time.astimezone(UTC), author, note)
        for number, kind, time, author, note in connection.execute(
            "SELECT id, kind, time, author, note FROM lte_edit_change ORDER BY id"
        )
    )
    return changes_of(periods, entries, everything=edit_id is None and namespace is None)


def change_at(connection: psycopg.Connection[Any], time: datetime) -> int:
    """The last change up to a time; 0 if there was none."""
    [found] = connection.execute(
        "SELECT coalesce(max(id), 0) FROM lte_edit_change WHERE time <= %s",
        (time.astimezone(UTC),),
    )
    return int(found[0])
