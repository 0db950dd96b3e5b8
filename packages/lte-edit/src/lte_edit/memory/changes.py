"""What changes a memory, inside one transaction: adding, taking out, rolling back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lte_edit.edits import Edit
from lte_edit.memory.backend import About, Store, Stored, about
from lte_edit.memory.results import AddResult
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
        store: Inside a writing transaction.
        edits: With ids that differ.
        embeddings: Of each edit.
        author: Who does it.
        note: Why.

    Raises:
        InputError: An id belongs to an edit that says something else.
    """
    known = store.find([edit.id for edit in edits])
    there = store.in_force_about(edits)
    course = _Course([each.edit for each in there])
    for edit in edits:
        if edit.id in known and clashes(known[edit.id], edit):
            raise InputError(f"the id '{edit.id}' belongs to another edit; choose another id")
        course.take(edit)
    if not course.begun:
        return AddResult(None, unchanged=tuple(course.unchanged))
    change = store.begin_change("add", author, note)
    numbers = {each.edit.id: each.number for each in (*known.values(), *there)}
    fresh = [n for n, edit in enumerate(edits) if edit.id in course.begun and edit.id not in known]
    written = store.insert([edits[n] for n in fresh], [embeddings[n] for n in fresh])
    numbers |= {edits[n].id: number for n, number in zip(fresh, written, strict=True)}
    store.end(change, {numbers[old]: numbers[new] for old, new in course.ended_before.items()})
    store.begin(change, [numbers[each] for each in course.begun])
    store.end(change, {numbers[old]: numbers[new] for old, new in course.ended_within.items()})
    kept = tuple(each for each in course.begun if each not in course.ended_within)
    replaced = (*course.ended_before, *course.ended_within)
    return AddResult(change, kept, replaced, tuple(course.unchanged))


@dataclass
class _Course:
    """What adding edits one after the other comes to, before anything is written.

    Attributes:
        begun: Ids that come into force, in this order.
        ended_before: Ids that were in force already and are replaced, each with its successor's.
        ended_within: Ids that come into force and are replaced at once: of two edits of one call
            about the same, the later one holds.
        unchanged: Ids that were in force just so.
    """

    in_force: Sequence[Edit]
    begun: dict[str, None] = field(default_factory=dict)  # for its order
    ended_before: dict[str, str] = field(default_factory=dict)
    ended_within: dict[str, str] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._holding: dict[About, dict[str, Edit]] = {}
        for edit in self.in_force:
            self._holding.setdefault(about(edit), {})[edit.id] = edit

    def take(self, edit: Edit) -> None:
        """Adds one more."""
        holding = self._holding.setdefault(about(edit), {})
        same = [other.id for other in holding.values() if other.says_what(edit)]
        if edit.id in holding or same:
            self.unchanged.append(edit.id if edit.id in holding else same[0])
            return
        for other in holding:
            within = other in self.begun
            (self.ended_within if within else self.ended_before)[other] = edit.id
        holding.clear()
        holding[edit.id] = edit
        self.begun[edit.id] = None


def clashes(known: Stored, edit: Edit) -> bool:
    """Whether an edit would take the id of one that says something else."""
    return any(getattr(known.edit, name) != getattr(edit, name) for name in _IDENTITY)


def remove(store: Store, ids: Sequence[str], author: str | None, note: str | None) -> int:
    """Takes edits out of force; returns the number of the change.

    Raises:
        InputError: An id is unknown or not in force.
    """
    ids = list(dict.fromkeys(ids))
    known, active = store.find(ids), store.in_force(ids)
    for each in ids:
        if each not in known:
            raise InputError(f"there is no edit '{each}'; 'memory list' shows those there are")
        if each not in active:
            raise InputError(f"the edit '{each}' is not in force any more")
    change = store.begin_change("remove", author, note)
    store.end(change, {known[each].number: None for each in ids})
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
    store.end(change, dict.fromkeys(gone))
    store.begin(change, back)
    return change, len(back), len(gone)
