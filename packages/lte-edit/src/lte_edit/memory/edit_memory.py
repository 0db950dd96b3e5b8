"""``EditMemory``: edits that are durable when they are added, and found when they matter."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lte_edit.edits import Edit
from lte_edit.memory import changes
from lte_edit.memory.backend import DIMENSION, ENCODER, THRESHOLD, Store
from lte_edit.memory.embedding import check_encoder, embed_edits, embed_texts
from lte_edit.memory.looking import Looking, stored_threshold
from lte_edit.memory.results import AddResult, Hit
from lte_edit.namespaces import DEFAULT_NAMESPACE
from truing_core.errors import InputError, UsageError

if TYPE_CHECKING:
    from lte_edit.encoder import Encoder


class EditMemory(Looking):
    """A memory in one SQLite file or in PostgreSQL; made by :meth:`open`.

    Threads may share it, and processes may share what it lies in: each sees what the others have
    added at its next search.
    """

    def add(
        self, edits: Sequence[Edit], *, author: str | None = None, note: str | None = None
    ) -> AddResult:
        """Adds edits in one transaction; they are on disk and in force when it returns.

        An edit in force with the same namespace, subject and prompt is superseded and stays in
        the history. What is in force just so, under this or another id, is left alone; an edit
        that was taken out comes back.

        Raises:
            InputError: An id belongs to another edit, or stands twice among these; nothing is
                changed then.
            UsageError: The memory was opened without an encoder.
        """
        [(most, times)] = Counter(edit.id for edit in edits).most_common(1) or [("", 0)]
        if times > 1:
            raise InputError(f"the id '{most}' stands {times} times among the edits to add")
        # Embedding takes long, so nobody else waits for it.
        encoder = self._needed()
        embeddings = embed_edits(encoder, edits)
        with self._backend.writing() as store:
            # Another process may have been faster with an encoder of its own.
            check_encoder(self.path, store.meta(ENCODER), encoder)
            if edits and store.meta(ENCODER) is None:
                _claim(store, encoder)
            return changes.add(store, edits, embeddings, author, note)

    def remove(
        self, ids: Sequence[str], *, author: str | None = None, note: str | None = None
    ) -> int:
        """Takes edits out of force; they stay in the history.

        Returns:
            The number of the change.

        Raises:
            InputError: An id is unknown or not in force; nothing is changed then.
        """
        with self._backend.writing() as store:
            return changes.remove(store, ids, author, note)

    def rollback(
        self,
        *,
        to_change: int | None = None,
        to_time: datetime | None = None,
        namespace: str | None = None,
        author: str | None = None,
        note: str | None = None,
    ) -> tuple[int, int, int]:
        """Brings back what was in force after a change, or at a time; itself a change.

        Args:
            to_change: Number of the change; 0 is before the first.
            to_time: Without a time zone it is local time.
            namespace: Only there.
            author: Who does it.
            note: Why.

        Returns:
            Number of the new change, edits that came back, edits that went out.

        Raises:
            InputError: The namespace never had an edit.
            UsageError: Not exactly one of the two is given, or there is no such change or time.
        """
        if (to_change is None) == (to_time is None):
            raise UsageError("roll back to a change or to a time: give one of the two")
        with self._backend.writing() as store:
            self._check_namespace(store, namespace)
            at = store.change_at(_in_utc(to_time)) if to_time is not None else to_change
            assert at is not None
            return changes.rollback(store, at, namespace, author, note)

    def set_threshold(self, threshold: float | None) -> None:
        """Stores the score below which nothing is found; ``None`` takes it out.

        Raises:
            UsageError: It is no finite number.
        """
        if threshold is not None and not math.isfinite(threshold):
            raise UsageError(f"the threshold is {threshold}; expected a finite number")
        with self._backend.writing() as store:
            store.set_meta(THRESHOLD, None if threshold is None else repr(float(threshold)))

    def reembed(self, encoder: Encoder, on_done: Callable[[int], object] | None = None) -> int:
        """Embeds all edits, also those out of force, with another encoder.

        Others may go on until it is done. The stored threshold is dropped with the old encoder.

        Args:
            encoder: The one from now on.
            on_done: Is told how many edits more were embedded.

        Returns:
            How many edits were embedded.
        """
        numbers: list[int] = []
        embeddings: list[list[bytes]] = []
        while True:
            with self._backend.reading() as store:
                fresh = store.written_after(numbers[-1] if numbers else 0)
            numbers += [each.number for each in fresh]
            embeddings += embed_edits(encoder, [each.edit for each in fresh], on_done)
            with self._backend.writing() as store:
                if store.written_after(numbers[-1] if numbers else 0):
                    continue  # somebody added more meanwhile
                store.replace_vectors(zip(numbers, embeddings, strict=True))
                if store.meta(ENCODER) != encoder.identity:
                    # Scores of another encoder say nothing about this one's.
                    store.set_meta(THRESHOLD, None)
                _claim(store, encoder)
            self._encoder = encoder
            return len(numbers)

    def search(
        self,
        queries: str | Sequence[str],
        k: int = 3,
        *,
        namespace: str = DEFAULT_NAMESPACE,
        threshold: float | None = None,
    ) -> list[list[Hit]]:
        """The edits in force that are nearest to each query (LTE, section 3.2), nearest first.

        Args:
            queries: One question, or several.
            k: How many edits at most; the paper's is 3.
            namespace: Where.
            threshold: Least score; by default the stored one, or none.

        Returns:
            For each query its hits, an edit at most once.

        Raises:
            InputError: The namespace never had an edit; the message names those there are.
            UsageError: The memory was opened without an encoder.
        """
        queries = [queries] if isinstance(queries, str) else list(queries)
        encoder = self._needed()
        vectors = embed_texts(encoder, queries)
        with self._backend.reading() as store:
            check_encoder(self.path, store.meta(ENCODER), encoder)
            self._check_namespace(store, namespace)
            found = store.nearest(vectors, k, namespace)
            least = stored_threshold(store) if threshold is None else threshold
            if least is not None:
                found = [[hit for hit in hits if hit[1] >= least] for hits in found]
            edits = store.by_number(sorted({hit[0] for hits in found for hit in hits}))
        return [[Hit(edits[number], score, part) for number, score, part in hits] for hits in found]


def _in_utc(time: datetime) -> datetime:
    try:
        return time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(f"the time {time.isoformat()} is outside of the calendar") from None


def _claim(store: Store, encoder: Encoder) -> None:
    """Notes whose vectors these are."""
    store.set_meta(ENCODER, encoder.identity)
    store.set_meta(DIMENSION, str(encoder.dimension))
