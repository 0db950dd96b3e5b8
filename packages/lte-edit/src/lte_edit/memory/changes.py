"""What changes a memory, inside one transaction: adding, taking out, rolling back."""

from __future__ import annotations

from collections.abc import Sequence

from lte_edit.edits import Edit
from lte_edit.memory.results import AddResult
from lte_edit.memory.store import Store, Stored
from truing_core.errors import InputError, UsageError

# What makes two edits of one id the same one; when, by whom and whence do not.
_IDENTITY = ("prompt", "target", "subject", "rephrasings", "namespace")


def add(
    store: Store,
    edits: Sequence[Edit],
    embeddings: Sequence[Sequence[bytes]],
    author: str | None,
    note: str | None,
) -> AddResult:
    """Brings edits into force, and takes out those that they replace.

    Args:
        store: Inside a transaction.
        edits: With ids that differ.
        embeddings: Of each edit.
        author: Who does it.
        note: Why.

    Raises:
        InputError: An id belongs to an edit that says something else.
    """
    added: list[str] = []
    superseded: list[str] = []
    unchanged: list[str] = []
    change: int | None = None
    for edit, vectors in zip(edits, embeddings, strict=True):
        known = store.find(edit.id)
        if known is not None and clashes(known, edit):
            raise InputError(f"the id '{edit.id}' belongs to another edit; choose another id")
        if known is not None and known.active:
            unchanged.append(edit.id)
            continue
        others = store.about_the_same(edit)
        same = [other.edit.id for other in others if other.edit.says_what(edit)]
        if same:
            unchanged.append(same[0])
            continue
        if change is None:
            change = store.begin_change("add", author, note)
        number = known.number if known else store.insert(edit, vectors)
        for other in others:
            store.end(other.number, change, superseded_by=number)
            superseded.append(other.edit.id)
        store.begin(number, change)
        added.append(edit.id)
    # Of two edits of one call about the same, the later one holds.
    gone = set(superseded)
    kept = tuple(each for each in added if each not in gone)
    return AddResult(change, kept, tuple(superseded), tuple(unchanged))


def clashes(known: Stored, edit: Edit) -> bool:
    """Whether an edit would take the id of one that says something else."""
    return any(getattr(known.edit, name) != getattr(edit, name) for name in _IDENTITY)


def remove(store: Store, ids: Sequence[str], author: str | None, note: str | None) -> int:
    """Takes edits out of force; returns the number of the change.

    Raises:
        InputError: An id is unknown or not in force.
    """
    numbers = []
    for each in dict.fromkeys(ids):
        known = store.find(each)
        if known is None:
            raise InputError(f"there is no edit '{each}'; 'memory list' shows those there are")
        if not known.active:
            raise InputError(f"the edit '{each}' is not in force any more")
        numbers.append(known.number)
    change = store.begin_change("remove", author, note)
    for number in numbers:
        store.end(number, change)
    return change


def rollback(
    store: Store, at: int, namespace: str | None, author: str | None, note: str | None
) -> tuple[int, int, int]:
    """Brings into force what was so after a change, and nothing else.

    Returns:
        Number of the new change, edits that came back, edits that went out.

    Raises:
        UsageError: There is no such change.
    """
    last = store.last_change()
    if not 0 <= at <= last:
        raise UsageError(f"there is no change {at}; the last one is {last}")
    back, gone = store.not_as_at(at, namespace)
    change = store.begin_change("rollback", author, note or f"to change {at}")
    for number in gone:
        store.end(number, change)
    for number in back:
        store.begin(number, change)
    return change, len(back), len(gone)
