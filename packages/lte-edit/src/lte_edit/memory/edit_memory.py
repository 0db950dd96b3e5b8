"""``EditMemory``: edits that are durable when they are added, and found when they matter."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from lte_edit.edits import DEFAULT_NAMESPACE, Edit
from lte_edit.memory.database import connect, sentences, writing
from lte_edit.memory.index import EXACT_UP_TO, Hit, VectorIndex
from lte_edit.memory.store import AddResult, Change, Store
from truing_core.errors import InputError, UsageError

if TYPE_CHECKING:
    from lte_edit.encoder import Encoder

ENCODER, DIMENSION, THRESHOLD = "encoder", "dimension", "threshold"


class EditMemory:
    """A memory in one SQLite file; made by :meth:`open`.

    Threads may share it, and processes may share the file: each sees what the others have added
    at its next search.
    """

    def __init__(self, path: Path, store: Store, encoder: Encoder | None, exact_up_to: int) -> None:
        self.path = path
        self._store, self._encoder, self._exact_up_to = store, encoder, exact_up_to
        self._lock = threading.RLock()
        self._indexes: dict[str, tuple[VectorIndex, int]] = {}
        self._current: set[str] = set()
        self._seen = (-1, "")

    @classmethod
    def open(
        cls,
        path: str | Path,
        encoder: Encoder | None = None,
        *,
        create: bool = True,
        exact_up_to: int = EXACT_UP_TO,
    ) -> Self:
        """Opens a memory; nothing is embedded anew.

        Args:
            path: The file; made if it is missing and ``create``.
            encoder: Embeds edits and queries; without one, only what needs none works.
            create: Whether the file may be made.
            exact_up_to: Vectors of a namespace that are compared one by one.

        Raises:
            InputError: There is no memory, the file is none, or it is damaged.
            UsageError: The memory's vectors come from another encoder.
        """
        path = Path(path)
        memory = cls(path, Store(connect(path, create=create)), encoder, exact_up_to)
        try:
            memory._check_encoder()
        except BaseException:
            memory.close()
            raise
        return memory

    def close(self) -> None:
        """Closes the file; all that was added is in it."""
        self._store._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # Changing.

    def add(
        self, edits: Sequence[Edit], *, author: str | None = None, note: str | None = None
    ) -> AddResult:
        """Adds edits in one transaction; they are on disk and in force when it returns.

        An edit in force with the same namespace, subject and prompt is superseded and stays in
        the history. What is in force just so, under this or another id, is left alone; an edit
        that was taken out comes back.

        Raises:
            InputError: An id belongs to another edit, or stands twice among these.
            UsageError: The memory was opened without an encoder.
        """
        [(most, times)] = Counter(edit.id for edit in edits).most_common(1) or [("", 0)]
        if times > 1:
            raise InputError(f"the id '{most}' stands {times} times among the edits to add")
        # Embedding takes long, so nobody else waits for it.
        blobs = self._embedded(edits)
        added: list[str] = []
        superseded: list[str] = []
        unchanged: list[str] = []
        with self._locked(), writing(self._store._db):
            self._claim_encoder()
            change: int | None = None
            for edit, vectors in zip(edits, blobs, strict=True):
                known = self._store.known(edit)
                if known is not None and known[1]:
                    unchanged.append(edit.id)
                    continue
                conflicting = self._store.conflicting(edit)
                same = [old.id for _, old in conflicting if old.says_what(edit)]
                if same:
                    unchanged.append(same[0])
                    continue
                if change is None:
                    change = self._store.begin_change("add", author, note)
                number = known[0] if known else self._store.insert(edit, vectors)
                for other, old in conflicting:
                    self._store.end(other, change, superseded_by=number)
                    superseded.append(old.id)
                self._store.begin(number, change)
                added.append(edit.id)
        # Of two edits of one call about the same, the later one holds.
        kept = tuple(each for each in added if each not in set(superseded))
        return AddResult(change, kept, tuple(superseded), tuple(unchanged))

    def remove(
        self, ids: Sequence[str], *, author: str | None = None, note: str | None = None
    ) -> int:
        """Takes edits out of force; they stay in the history.

        Returns:
            The number of the change.

        Raises:
            InputError: An id is unknown or not in force; nothing is changed then.
        """
        with self._locked(), writing(self._store._db):
            found = self._store.find(ids)
            for each in ids:
                if each not in found:
                    raise InputError(f"there is no edit '{each}' in {self.path}")
                if not found[each][2]:
                    raise InputError(f"the edit '{each}' is not in force any more")
            change = self._store.begin_change("remove", author, note)
            for each in dict.fromkeys(ids):
                self._store.end(found[each][0], change)
        return change

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
            to_time: With a time zone.
            namespace: Only there.
            author: Who does it.
            note: Why.

        Returns:
            Number of the new change, edits that came back, edits that went out.

        Raises:
            UsageError: Not exactly one of the two is given, or there is no such change.
        """
        if (to_change is None) == (to_time is None):
            raise UsageError("roll back to a change or to a time: give one of the two")
        with self._locked(), writing(self._store._db):
            last = self._store.last_change()
            at = self._store.change_at(to_time) if to_time is not None else to_change
            assert at is not None
            if not 0 <= at <= last:
                raise UsageError(f"there is no change {at}; the last one is {last}")
            change = self._store.begin_change("rollback", author, note or f"to change {at}")
            back, gone = self._store.restore(at, change, namespace)
        return change, back, gone

    def set_threshold(self, threshold: float | None) -> None:
        """Stores the score below which nothing is found; ``None`` takes it out."""
        with self._locked(), writing(self._store._db):
            self._store.set_meta(THRESHOLD, None if threshold is None else repr(float(threshold)))

    def reembed(self, encoder: Encoder) -> int:
        """Embeds all edits, also those out of force, with another encoder.

        Returns:
            How many edits were embedded.
        """
        with self._locked(), writing(self._store._db):
            everything = self._store.everything()
            self._encoder = encoder
            blobs = self._embedded([edit for _, edit in everything])
            numbers = (number for number, _ in everything)
            self._store.replace_vectors(zip(numbers, blobs, strict=True))
            self._store.set_meta(ENCODER, encoder.identity)
            self._store.set_meta(DIMENSION, str(encoder.dimension))
            # Scores of another encoder say nothing about this one's.
            self._store.set_meta(THRESHOLD, None)
            self._indexes.clear()
        return len(everything)

    # Looking.

    def search(
        self,
        queries: Sequence[str],
        k: int = 3,
        *,
        namespace: str = DEFAULT_NAMESPACE,
        threshold: float | None = None,
    ) -> list[list[Hit]]:
        """The edits in force that are nearest to each query (LTE, section 3.2), nearest first.

        Args:
            queries: Questions.
            k: How many edits at most; the paper's is 3.
            namespace: Where.
            threshold: Least score; by default the stored one, or none.

        Raises:
            InputError: The namespace never had an edit; the message names those there are.
            UsageError: The memory was opened without an encoder.
        """
        if not queries:
            return []
        vectors = self._needed().encode(queries)
        with self._locked():
            found = self._index(namespace).search(vectors, k)
            least = self.threshold if threshold is None else threshold
            numbers = list({number for hits in found for number, _, _ in hits})
            edits = self._store.by_number(numbers) if numbers else {}
        return [
            [
                Hit(edits[number], score, part)
                for number, score, part in hits
                if least is None or score >= least
            ]
            for hits in found
        ]

    @property
    def threshold(self) -> float | None:
        """The stored score below which nothing is found."""
        stored = self._store.meta(THRESHOLD)
        return None if stored is None else float(stored)

    @property
    def encoder_identity(self) -> str | None:
        """Whose vectors are stored; ``None`` before the first edit."""
        return self._store.meta(ENCODER)

    def get(self, edit_id: str) -> tuple[Edit, bool]:
        """An edit, and whether it is in force.

        Raises:
            InputError: There is none of this id.
        """
        with self._locked():
            found = self._store.find([edit_id])
        if not found:
            raise InputError(f"there is no edit '{edit_id}' in {self.path}")
        _, edit, active = found[edit_id]
        return edit, active

    def edits(
        self,
        namespace: str | None = None,
        *,
        at: int | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Edit]:
        """The edits in force, now or after the change ``at``, the oldest first.

        Raises:
            InputError: The namespace never had an edit.
        """
        with self._locked():
            if namespace is not None:
                self._check_namespace(namespace)
            return self._store.edits(namespace, at, limit, offset)

    def history(self, edit_id: str | None = None, namespace: str | None = None) -> list[Change]:
        """All changes, or those of an edit or a namespace; the first one first."""
        with self._locked():
            return self._store.history(edit_id, namespace)

    def namespaces(self) -> dict[str, int]:
        """Namespaces, and how many edits each has in force."""
        with self._locked():
            return self._store.namespaces()

    def stats(self) -> dict[str, object]:
        """Numbers, sizes, encoder and threshold."""
        wal = Path(f"{self.path}-wal")  # what was written lately
        with self._locked():
            return {
                "path": str(self.path),
                **self._store.counts(),
                "namespaces": self._store.namespaces(),
                "encoder": self.encoder_identity,
                "threshold": self.threshold,
                "bytes": sum(file.stat().st_size for file in (self.path, wal) if file.is_file()),
            }

    # Inside.

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._lock, sentences(self.path):
            yield

    def _needed(self) -> Encoder:
        if self._encoder is None:
            raise UsageError("this memory was opened without an encoder; pass one to open it")
        return self._encoder

    def _embedded(self, edits: Sequence[Edit]) -> list[list[bytes]]:
        """Of each edit the vectors of its wording and its rephrasings, as bytes."""
        if not edits:
            return []
        texts = [[edit.descriptor, *(f"{each} {edit.target}" for each in edit.rephrasings)]
                 for edit in edits]  # fmt: skip
        vectors = iter(self._needed().encode([text for each in texts for text in each]))
        return [[next(vectors).tobytes() for _ in each] for each in texts]

    def _claim_encoder(self) -> None:
        """Notes whose vectors these are; another process may have been faster with its own."""
        stored, encoder = self._store.meta(ENCODER), self._needed()
        if stored is None:
            self._store.set_meta(ENCODER, encoder.identity)
            self._store.set_meta(DIMENSION, str(encoder.dimension))
        else:
            self._check_encoder()

    def _check_encoder(self) -> None:
        stored = self._store.meta(ENCODER)
        if stored is None or self._encoder is None or stored == self._encoder.identity:
            return
        given = self._encoder.identity.partition("#")[0]
        raise UsageError(
            f"the vectors in {self.path} come from the encoder {stored.partition('#')[0]}, and "
            f"{given} would not find them; open it with that one, or embed all anew: "
            f"lte-edit memory reembed --memory {self.path} --encoder {given}"
        )

    def _check_namespace(self, namespace: str) -> None:
        known = self._store.namespaces()
        if namespace not in known and known:
            names = ", ".join(known)
            raise InputError(f"there is no namespace '{namespace}' in {self.path}; known: {names}")

    def _index(self, namespace: str) -> VectorIndex:
        """The vectors of a namespace, as of the file's last change."""
        self._check_encoder()
        now = (self._store.last_change(), self._store.meta(ENCODER) or "")
        if now != self._seen:
            self._current.clear()
            if now[1] != self._seen[1]:
                self._indexes.clear()
            self._seen = now
        if namespace not in self._current:
            self._check_namespace(namespace)
            fresh = VectorIndex(self._needed().dimension, self._exact_up_to)
            index, last = self._indexes.get(namespace, (fresh, 0))
            rows = self._store.vectors(namespace, last)
            index.add(rows)
            index.allow(self._store.numbers_in_force(namespace))
            self._indexes[namespace] = (index, rows[-1][0] if rows else last)
            self._current.add(namespace)
        return self._indexes[namespace][0]
