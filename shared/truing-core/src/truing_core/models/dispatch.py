"""Many requests under way at once, behind a plain iterator.

An event loop in a thread of its own sends requests, waits, and asks again. The caller's thread
draws requests and takes replies; it alone touches the caller's iterable. A request that waits
for its next attempt holds no slot.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
import threading
import time
import weakref
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from queue import SimpleQueue

from truing_core.errors import ModelError, TruingError
from truing_core.models.base import ChatReply, ChatRequest
from truing_core.models.concurrency import AdaptiveLimit
from truing_core.models.retry import PassingFault, RetryPolicy, Tries

logger = logging.getLogger(__name__)

Attempt = Callable[[ChatRequest], Awaitable[ChatReply]]

_DRAWING_TIME = 0.01


@dataclass(slots=True, eq=False)
class _Job:
    request: ChatRequest
    call: _Call
    tries: Tries = field(default_factory=Tries)
    refused: bool = False


@dataclass(slots=True, eq=False)
class _Call:
    """One ``complete`` in progress.

    ``outbox`` carries batches of replies, an empty one to make the caller draw, or an error.
    """

    outbox: SimpleQueue[list[ChatReply] | Exception] = field(default_factory=SimpleQueue)
    arrived: list[ChatReply] = field(default_factory=list)
    nudged: bool = False
    over: bool = False


class Dispatcher:
    """Runs attempts with bounded, adaptive concurrency and retries.

    Args:
        attempt: Asks once. Returns a reply (one with ``error`` set is final), raises
            :class:`PassingFault` to be called again, or
            :class:`~truing_core.errors.ModelError` to end everything.
        concurrency: Most attempts under way at once.
        timeout: Seconds until an attempt counts as failed.
        policy: Which failed attempts are repeated, and when.
        farewell: Awaited on the loop when all is over, to close connections.
    """

    def __init__(
        self,
        attempt: Attempt,
        *,
        concurrency: int,
        timeout: float,
        policy: RetryPolicy,
        farewell: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._attempt, self._concurrency = attempt, concurrency
        self._timeout, self._policy, self._farewell = timeout, policy, farewell
        self.limit = AdaptiveLimit(concurrency)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._calls: set[_Call] = set()
        self._inbox: deque[_Job] = deque()
        self._hungry = True
        self._waiting: list[tuple[float, int, _Job]] = []
        self._due: deque[_Job] = deque()
        self._order = itertools.count()
        self._running: dict[asyncio.Task[None], _Call] = {}
        self._alarm: asyncio.TimerHandle | None = None
        self._closed = False
        self._finalizer: Callable[[], object] | None = None

    # The caller's thread.

    def complete(self, requests: Iterable[ChatRequest]) -> Iterator[ChatReply]:
        """Answers every request once, in the order of arrival; draws as there is room.

        An exception of the iterable itself is raised after the replies under way have come.
        """
        source, failure, under_way = iter(requests), None, 0
        exhausted = False
        batch: deque[ChatReply] = deque()
        call = self._open()
        try:
            while True:
                started = time.monotonic()
                while not exhausted and under_way < self._room():
                    try:
                        request = next(source)
                    except StopIteration:
                        exhausted = True
                    except Exception as error:
                        exhausted, failure = True, error
                    else:
                        self._submit(_Job(request, call))
                        under_way += 1
                    if time.monotonic() - started > _DRAWING_TIME and (
                        batch or not call.outbox.empty()
                    ):
                        break
                if not batch:
                    if not under_way:
                        break
                    news = call.outbox.get()
                    if isinstance(news, Exception):
                        raise news
                    call.nudged = False
                    batch.extend(news)
                    if not batch:
                        continue
                under_way -= 1
                yield batch.popleft()
        finally:
            self._end(call)
        if failure is not None:
            raise failure

    def close(self) -> None:
        """Cancels what is under way, says farewell and ends the thread."""
        self._closed = True
        if self._finalizer is not None:
            assert self._loop is not None
            self._loop.call_soon_threadsafe(
                self._abort, ModelError("the model was closed while requests were under way")
            )
            self._finalizer()
            self._finalizer = None

    def _open(self) -> _Call:
        if self._closed:
            raise RuntimeError("complete() after close()")
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(
                target=self._loop.run_forever, name="truing-dispatch", daemon=True
            )
            self._thread.start()
            self._finalizer = weakref.finalize(
                self, _shut_down, self._loop, self._thread, self._farewell
            )
        call = _Call()
        self._loop.call_soon_threadsafe(self._calls.add, call)
        return call

    def _room(self) -> int:
        # A few spare requests keep the slots busy while the caller works; those that wait for
        # another attempt make room too, up to a bound.
        spare = max(2, self._concurrency // 4)
        waiting = len(self._waiting) + len(self._due)
        return self._concurrency + spare + min(waiting, 4 * self._concurrency)

    def _submit(self, job: _Job) -> None:
        self._inbox.append(job)
        if self._hungry:  # the loop sets it before it looks into the inbox a last time
            self._hungry = False
            assert self._loop is not None
            self._loop.call_soon_threadsafe(self._pump)

    def _end(self, call: _Call) -> None:
        loop = self._loop
        if loop is None or self._closed or not loop.is_running():
            return

        async def end() -> None:
            tasks = self._drop(call)
            await asyncio.gather(*tasks, return_exceptions=True)

        if threading.current_thread() is self._thread:  # collected as garbage over there
            self._drop(call)
            return
        try:
            asyncio.run_coroutine_threadsafe(end(), loop).result(timeout=10)
        except TimeoutError:
            logger.debug("requests under way did not end in time")

    # The loop's thread.

    def _pump(self) -> None:
        assert self._loop is not None
        now = self._loop.time()
        if now < self.limit.resume_at:
            self._wake_at(self.limit.resume_at)
            return
        while self._waiting and self._waiting[0][0] <= now:
            job = heapq.heappop(self._waiting)[2]
            if job.refused:
                self.limit.waited()
            self._due.append(job)
        while len(self._running) < self.limit.slots:
            next_job = self._next()
            if next_job is None:
                break
            task = self._loop.create_task(self._run(next_job))
            self._running[task] = next_job.call
            task.add_done_callback(self._ended)
        if self._waiting:
            self._wake_at(self._waiting[0][0])
            if len(self._running) < self.limit.slots:
                self._nudge()

    def _nudge(self) -> None:
        # Requests that wait have made room, which the callers cannot know.
        for call in self._calls:
            if not call.nudged:
                call.nudged = True
                call.outbox.put([])

    def _next(self) -> _Job | None:
        for jobs in (self._due, self._inbox, self._inbox):
            while jobs:
                job = jobs.popleft()
                if not job.call.over:
                    return job
            if jobs is self._inbox:
                self._hungry = True
        return None

    def _wake_at(self, when: float) -> None:
        assert self._loop is not None
        if self._alarm is not None:
            if not self._alarm.cancelled() and self._loop.time() < self._alarm.when() <= when:
                return
            self._alarm.cancel()
        self._alarm = self._loop.call_at(when, self._pump)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._abort(error if isinstance(error, Exception) else RuntimeError(str(error)))
        self._pump()

    async def _run(self, job: _Job) -> None:
        self._policy.begin(job.tries)
        try:
            try:
                async with asyncio.timeout(self._timeout):
                    reply = await self._attempt(job.request)
            finally:
                del self._running[asyncio.current_task()]  # type: ignore[arg-type]
        except PassingFault as fault:
            self._failed(job, fault)
        except TimeoutError:
            self._failed(job, PassingFault(f"no answer within {self._timeout:g} s"))
        else:
            self._policy.answered()
            self.limit.answered()
            self._deliver(job, reply)

    def _failed(self, job: _Job, fault: PassingFault) -> None:
        assert self._loop is not None
        now = self._loop.time()
        wait = self._policy.failed(job.tries, fault, now)
        job.refused = fault.kind == "overload"
        if job.refused:
            pause = fault.retry_after if wait is None else wait
            self.limit.refused(others=len(self._running), now=now, wait=pause or 0.0)
        if wait is None:
            reason = fault.reason
            if job.tries.attempts > 1:
                reason += f" (the last of {job.tries.attempts} attempts)"
            self._deliver(job, ChatReply(job.request.id, error=reason, finish_reason="error"))
            return
        logger.debug("request %s: %s; again in %.2f s", job.request.id, fault.reason, wait)
        heapq.heappush(self._waiting, (now + wait, next(self._order), job))

    def _deliver(self, job: _Job, reply: ChatReply) -> None:
        assert self._loop is not None
        call = job.call
        if not call.arrived:
            self._loop.call_soon(self._flush, call)
        call.arrived.append(reply)

    def _flush(self, call: _Call) -> None:
        if call.arrived:
            call.outbox.put(call.arrived)
            call.arrived = []

    def _abort(self, error: Exception) -> None:
        for call in list(self._calls):
            copy = type(error)(str(error)) if isinstance(error, TruingError) else error
            self._drop(call, copy)

    def _drop(self, call: _Call, error: Exception | None = None) -> list[asyncio.Task[None]]:
        call.over = True
        self._calls.discard(call)
        tasks = [task for task, owner in self._running.items() if owner is call]
        for task in tasks:
            task.cancel()
        self._waiting = [entry for entry in self._waiting if not entry[2].call.over]
        heapq.heapify(self._waiting)
        self._flush(call)
        if error is not None:
            call.outbox.put(error)
        return tasks


def _shut_down(
    loop: asyncio.AbstractEventLoop,
    thread: threading.Thread,
    farewell: Callable[[], Awaitable[None]] | None,
) -> None:
    """Runs at ``close``, when a forgotten dispatcher is collected, or at the interpreter's exit."""

    async def end() -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if farewell is not None:
            await farewell()
        loop.call_soon(loop.stop)

    ending = asyncio.run_coroutine_threadsafe(end(), loop)
    if threading.current_thread() is thread:
        return
    try:
        ending.result(timeout=10)
    except TimeoutError:
        logger.debug("connections did not close in time")
        loop.call_soon_threadsafe(loop.stop)
    thread.join(timeout=10)
    if not thread.is_alive():
        loop.close()
