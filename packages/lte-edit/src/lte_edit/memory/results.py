"""What the memory answers: what adding did, what its history holds, what was found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lte_edit.edits import Edit


@dataclass(frozen=True)
class AddResult:
    """What adding did.

    Attributes:
        change: The number of the change; ``None`` if all was there already.
        added: Ids that came into force.
        superseded: Ids that they replaced.
        unchanged: Ids that were in force just so.
    """

    change: int | None
    added: tuple[str, ...] = ()
    superseded: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """One entry of the history.

    Attributes:
        id: Numbers go up; ``rollback`` takes them.
        kind: ``add``, ``remove`` or ``rollback``.
        time: When.
        author: Who.
        note: Why.
        began: Ids that came into force.
        ended: Ids that went out of force.
    """

    id: int
    kind: str
    time: datetime
    author: str | None
    note: str | None
    began: tuple[str, ...]
    ended: tuple[str, ...]


@dataclass(frozen=True)
class Hit:
    """An edit that was found.

    Attributes:
        edit: It.
        score: Dot product of its vector and the query's.
        part: 0 if its own wording is nearest, n for its n-th rephrasing.
    """

    edit: Edit
    score: float
    part: int
