"""What was asked and answered, on disk before it is used: a killed run pays for nothing twice."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

from truing_core.errors import InputError, TruingError
from truing_core.journal_errors import explain
from truing_core.models.base import ChatModel, ChatReply, ChatRequest, Usage

SCHEMA_VERSION = 1
_APPLICATION_ID = 0x54525547
_MOST_HITS_HELD = 256

_SCHEMA = """
CREATE TABLE IF NOT EXISTS reply (
    key TEXT NOT NULL PRIMARY KEY,
    id TEXT NOT NULL,
    model TEXT NOT NULL,
    text TEXT NOT NULL,
    finish_reason TEXT NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    time REAL NOT NULL
)
"""


def request_key(identity: str, request: ChatRequest) -> str:
    """The SHA-256 (hex) of all that shapes the reply: model, messages, sampling, sample, schema.

    The request's id is left out: the same question under another id is the same question.
    """
    sampling = request.sampling
    canonical = json.dumps(
        [
            identity,
            request.messages,
            [
                float(sampling.temperature),
                float(sampling.top_p),
                sampling.max_tokens,
                sampling.seed,
                sampling.stop,
            ],
            request.sample,
            request.schema,
        ],
        sort_keys=True,
        separators=(",", ":"),
        allow_nan=False,
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


class Journal:
    """Replies by request key in one SQLite file.

    A reply is safe from the death of the process once :meth:`put` returns. Nothing waits for
    the disk (write-ahead log, ``synchronous=NORMAL``), so the death of the *machine* may cost
    the last seconds; the file stays whole either way. One process writes at a time; its threads
    may share the object.

    Args:
        path: The file, created where it is missing; ``:memory:`` keeps nothing.
        exclusive: Lock it while it is open. SQLite then shares no memory between processes, which
            network file systems could not do.

    Raises:
        InputError: The file is no journal, is damaged, or was written by a newer version.
        TruingError: It cannot be opened or written, or another process holds it.
    """

    def __init__(self, path: str | Path, *, exclusive: bool = False) -> None:
        self.path = str(path)
        self._lock = threading.Lock()
        try:
            self._db = sqlite3.connect(
                self.path, timeout=5.0, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            self._explain(error)
        try:
            self._prepare(exclusive)
        except BaseException:
            self._db.close()
            raise

    def _prepare(self, exclusive: bool) -> None:
        try:
            if exclusive:
                self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            (application,) = self._db.execute("PRAGMA application_id").fetchone()
            (tables,) = self._db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            if tables and application != _APPLICATION_ID:
                raise InputError(
                    "this SQLite file is no journal; name another file", path=self.path
                )
            if version > SCHEMA_VERSION:
                raise InputError(
                    f"the journal has format {version}, newer than the {SCHEMA_VERSION} this "
                    "version reads; upgrade truing-core",
                    path=self.path,
                )
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            if not tables:
                self._db.execute("BEGIN IMMEDIATE")
                self._db.execute(_SCHEMA)
                self._db.execute(f"PRAGMA application_id={_APPLICATION_ID}")
                self._db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
                self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._explain(error)

    def get(self, key: str) -> ChatReply | None:
        """The reply under a key, with ``cached`` set and the id it was first given for."""
        try:
            with self._lock:
                row = self._db.execute(
                    "SELECT id, text, finish_reason, prompt_tokens, completion_tokens "
                    "FROM reply WHERE key = ?",
                    (key,),
                ).fetchone()
        except sqlite3.Error as error:
            self._explain(error)
        if row is None:
            return None
        request_id, text, finish_reason, prompt_tokens, completion_tokens = row
        usage = Usage(prompt_tokens, completion_tokens)
        return ChatReply(request_id, text, finish_reason, usage, cached=True)

    def put(self, key: str, reply: ChatReply, *, model: str) -> None:
        """Keeps a reply; a key that is there already keeps its first one.

        Args:
            key: From :func:`request_key`.
            reply: A successful one.
            model: The identity of the model that gave it, for :meth:`usage`.

        Raises:
            ValueError: The reply carries an error.
            TruingError: The disk is full or the file read-only; what was kept is safe.
        """
        if not reply.ok:
            raise ValueError("a failed reply is not journaled: it is asked for again")
        row = (
            key,
            _storable(reply.id),
            model,
            _storable(reply.text),
            _storable(reply.finish_reason),
            reply.usage.prompt_tokens,
            reply.usage.completion_tokens,
            time.time(),
        )
        try:
            with self._lock:
                self._db.execute("INSERT OR IGNORE INTO reply VALUES (?,?,?,?,?,?,?,?)", row)
        except sqlite3.Error as error:
            self._explain(error)

    def __len__(self) -> int:
        with self._lock:
            (count,) = self._db.execute("SELECT count(*) FROM reply").fetchone()
        return int(count)

    def usage(self) -> dict[str, tuple[int, Usage]]:
        """By model identity: how many replies it gave, and their tokens."""
        with self._lock:
            rows = self._db.execute(
                "SELECT model, count(*), sum(prompt_tokens), sum(completion_tokens) "
                "FROM reply GROUP BY model ORDER BY model"
            ).fetchall()
        return {
            model: (count, Usage(prompt, completion)) for model, count, prompt, completion in rows
        }

    def close(self) -> None:
        """Folds the write-ahead log into the file and closes it."""
        with self._lock:
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _explain(self, error: sqlite3.Error) -> NoReturn:
        try:
            kept: int | None = len(self)
        except (sqlite3.Error, AttributeError):
            kept = None
        raise explain(error, self.path, kept) from error


def _storable(text: str) -> str:
    # A lone surrogate has no UTF-8; json.loads lets "\ud83d" through.
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="replace").decode()
    return text


class JournaledModel:
    """A model that never asks twice for what its journal holds.

    Replies from the journal come with ``cached=True``; so does the second of two requests with
    one key, which ask once. Every other successful reply is in the journal before it is yielded.
    A failed one is yielded and not kept, so that the next run asks again.
    """

    def __init__(self, model: ChatModel, journal: Journal) -> None:
        self.model, self.journal = model, journal

    @property
    def identity(self) -> str:
        """That of the model behind."""
        return self.model.identity

    def complete(self, requests: Iterable[ChatRequest]) -> Iterator[ChatReply]:
        """Answers every request once; see :class:`~truing_core.models.ChatModel`.

        Raises:
            ModelError: From the model behind; replies already yielded are in the journal.
            TruingError: The journal cannot be written.
            ValueError: Two requests under way have the same id.
        """
        asking = _Asking(self.model.identity, self.journal, iter(requests))
        while not asking.exhausted:
            first = asking.next_miss(hits_to_hold=1)
            yield from asking.take_hits()
            if first is None:
                continue
            replies = self.model.complete(asking.misses(first))
            try:
                for reply in replies:
                    yield from asking.settle(reply)
                    yield from asking.take_hits()
            except TruingError:
                yield from asking.take_hits()
                raise
            finally:
                if isinstance(replies, Generator):
                    replies.close()
            yield from asking.take_hits()

    def close(self) -> None:
        """Closes the model; the journal stays open, it belongs to whoever opened it."""
        self.model.close()


class _Asking:
    """One ``complete`` in progress: which requests are under way, and which hits wait."""

    def __init__(self, identity: str, journal: Journal, source: Iterator[ChatRequest]) -> None:
        self.identity, self.journal, self.source = identity, journal, source
        self.exhausted = False
        self.hits: deque[ChatReply] = deque()
        self.keys: dict[str, str] = {}
        self.twins: dict[str, list[str]] = {}

    def next_miss(self, hits_to_hold: int) -> ChatRequest | None:
        """Draws up to a request that must be asked; ``None`` after so many hits, or at the end."""
        for request in self.source:
            key = request_key(self.identity, request)
            if key in self.twins:
                self.twins[key].append(request.id)
                continue
            reply = self.journal.get(key)
            if reply is None:
                if request.id in self.keys:
                    raise ValueError(f"two requests under way have the id '{request.id}'")
                self.keys[request.id], self.twins[key] = key, []
                return request
            self.hits.append(replace(reply, id=request.id))
            hits_to_hold -= 1
            if not hits_to_hold:
                return None
        self.exhausted = True
        return None

    def misses(self, first: ChatRequest) -> Iterator[ChatRequest]:
        """``first`` and what else must be asked, up to a long run of hits.

        The run ends it because the model behind yields nothing while it draws: hits would
        pile up instead of reaching the caller.
        """
        request: ChatRequest | None = first
        while request is not None:
            yield request
            request = self.next_miss(_MOST_HITS_HELD)

    def settle(self, reply: ChatReply) -> Iterator[ChatReply]:
        """Journals a reply, then gives it to everyone who asked the same."""
        key = self.keys.pop(reply.id)
        if reply.ok and not reply.cached:
            self.journal.put(key, reply, model=self.identity)
        twins = self.twins.pop(key)
        yield reply
        for request_id in twins:
            yield replace(reply, id=request_id, cached=reply.ok)

    def take_hits(self) -> Iterator[ChatReply]:
        """Empties the hits that wait."""
        while self.hits:
            yield self.hits.popleft()
