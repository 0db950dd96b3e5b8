"""Records through worker processes, in order, with a time limit that holds.

A worker is sent a batch when it is idle, and answers record by record. So the parent always knows
which record each worker is at: if no answer comes in time, or the process dies (a parser in C can
do both), that record is the culprit; the worker is replaced, and the rest of its batch sent again.
Batches wait in a window of bounded length until those before them are complete; memory does not
depend on the length of the input.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any

from truing_core.errors import TruingError
from webr_synth.ingest.raw import Item, RawRecord
from webr_synth.ingest.settings import MEBIBYTE, IngestSettings
from webr_synth.ingest.work import Outcome, make_work

BATCH_RECORDS, BATCH_BYTES = 32, 2 * MEBIBYTE
WORKER_MEMORY = 3 * 1024 * MEBIBYTE
_START_S = 120.0
_TOO_SLOW, _CRASH = "too slow", "crashed the extractor"

Result = tuple[Item, Outcome | None]
"""An item, and what became of it if it is a record."""


def work_here(items: Iterable[Item], settings: IngestSettings) -> Iterator[Result]:
    """All work in this process: no start-up, and no time limit."""
    work = make_work(settings)
    for item in items:
        yield item, work(item) if isinstance(item, RawRecord) else None


def work_in_processes(items: Iterable[Item], settings: IngestSettings) -> Iterator[Result]:
    """All work in ``settings.workers`` processes; results come in the order of the items.

    Raises:
        TruingError: A worker cannot be started.
    """
    pool = _Pool(settings)
    try:
        yield from pool.run(items)
    finally:
        pool.close()


@dataclass(eq=False)
class _Batch:
    items: list[Item] = field(default_factory=list)
    outcomes: list[Outcome | None] = field(default_factory=list)
    todo: deque[int] = field(default_factory=deque)
    size: int = 0

    def add(self, item: Item) -> None:
        if isinstance(item, RawRecord):
            self.todo.append(len(self.items))
            self.size += len(item.content)
        self.items.append(item)
        self.outcomes.append(None)

    @property
    def full(self) -> bool:
        return len(self.items) >= BATCH_RECORDS or self.size >= BATCH_BYTES

    def settle(self, outcome: Outcome) -> None:
        """Notes what became of the first record that is still to do."""
        self.outcomes[self.todo.popleft()] = outcome


class _Worker:
    """A process and the batch it is at."""

    def __init__(self, context: Any, settings: IngestSettings) -> None:
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, settings), daemon=True)
        self.process.start()
        theirs.close()
        self.batch: _Batch | None = None
        self.ready = False
        self.deadline = time.monotonic() + _START_S

    def send(self, batch: _Batch, limit: float) -> None:
        self.batch = batch
        self.deadline = time.monotonic() + limit
        with suppress(OSError):  # a dead worker is noticed where its answer is awaited
            self.connection.send([batch.items[at] for at in batch.todo])

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.process.close()
        self.connection.close()


class _Pool:
    def __init__(self, settings: IngestSettings) -> None:
        self._settings = settings
        self._context = _context()
        self._window = 3 * settings.workers + 3
        self._workers: list[_Worker] = []
        try:
            for _ in range(settings.workers):
                self._workers.append(self._worker())
        except BaseException:
            self.close()
            raise

    def _worker(self) -> _Worker:
        try:
            return _Worker(self._context, self._settings)
        except OSError as error:
            raise TruingError(f"a worker process could not be started: {error}") from error

    def run(self, items: Iterable[Item]) -> Iterator[Result]:
        source = iter(items)
        window: deque[_Batch] = deque()
        waiting: deque[_Batch] = deque()
        ended = False
        while window or not ended:
            while not ended and len(window) < self._window:
                batch = self._fill(source)
                ended = batch is None
                if batch is not None:
                    window.append(batch)
                    if batch.todo:
                        waiting.append(batch)
                self._step(waiting, 0.0)
                if window and not window[0].todo:
                    break
            while window and not window[0].todo:
                done = window.popleft()
                yield from zip(done.items, done.outcomes, strict=True)
            if window and (ended or len(window) >= self._window):
                self._step(waiting, self._patience())

    def _fill(self, source: Iterator[Item]) -> _Batch | None:
        batch = _Batch()
        for item in source:
            batch.add(item)
            if batch.full:
                break
        return batch if batch.items else None

    def _patience(self) -> float:
        """Seconds until the first worker is late."""
        busy = [each.deadline for each in self._workers if each.batch or not each.ready]
        return max(0.0, min(busy, default=0.0) - time.monotonic())

    def _step(self, waiting: deque[_Batch], timeout: float) -> None:
        """Takes the answers that there are, replaces whoever is late or dead, hands out work."""
        by_connection: dict[Any, _Worker] = {each.connection: each for each in self._workers}
        for connection in wait(list(by_connection), timeout):
            self._listen(by_connection[connection])
        now = time.monotonic()
        for worker in list(self._workers):
            late = now > worker.deadline and (worker.batch or not worker.ready)
            if late and not worker.connection.poll():
                self._replace(worker, _TOO_SLOW, f"took over {self._settings.time_limit:g} s")
        for worker in self._workers:
            if waiting and worker.ready and worker.batch is None:
                worker.send(waiting.popleft(), self._settings.time_limit)

    def _listen(self, worker: _Worker) -> None:
        try:
            while worker.connection.poll():
                answer = worker.connection.recv()
                worker.deadline = time.monotonic() + self._settings.time_limit
                if not worker.ready:
                    if isinstance(answer, TruingError):
                        raise answer
                    worker.ready = True
                elif worker.batch is not None:
                    worker.batch.settle(answer)
                    if not worker.batch.todo:
                        worker.batch = None
        except (EOFError, OSError):
            worker.process.join(5.0)
            code = worker.process.exitcode
            self._replace(worker, _CRASH, f"the worker ended with code {code}")

    def _replace(self, worker: _Worker, reason: str, detail: str) -> None:
        """A new worker with the rest of the batch, at whose first record the old one failed."""
        batch, ready = worker.batch, worker.ready
        worker.stop()
        if not ready and batch is None:
            self._workers.remove(worker)
            raise TruingError(f"a worker process could not be started: {detail}")
        new = self._worker()
        self._workers[self._workers.index(worker)] = new
        if batch is None:
            return
        batch.settle(Outcome("bad", None, reason, detail))
        if batch.todo:
            # It answers only once it has begun; until then the time is that of the start.
            new.batch = batch
            new.connection.send([batch.items[at] for at in batch.todo])

    def close(self) -> None:
        for worker in self._workers:
            with suppress(Exception):
                worker.stop()
        self._workers.clear()


def _context() -> Any:
    """Processes that begin clean: a fork of a process with threads may hang."""
    if sys.platform == "win32" or "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["webr_synth.ingest.preload"])
    return context


def _serve(connection: Connection, settings: IngestSettings) -> None:
    """A worker's life."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's affair
    _limit_memory()
    try:
        work = make_work(settings)
    except TruingError as error:
        connection.send(error)
        return
    with suppress(EOFError, OSError):  # the parent is gone
        connection.send(os.getpid())
        while True:
            for record in connection.recv():
                connection.send(work(record))


def _limit_memory() -> None:
    """A page that would take gigabytes fails in its worker, not the machine."""
    try:
        import resource
    except ImportError:
        return
    with suppress(OSError, ValueError):
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (WORKER_MEMORY, hard))
