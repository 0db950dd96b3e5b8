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
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from queue import SimpleQueue

from truing_core.errors import ModelError, TruingError
from truing_core.models.background import BackgroundLoop
from truing_core.models.base import ChatReply, ChatRequest
from truing_core.models.concurrency import AdaptiveLimit
from truing_core.models.retry import PassingFault, RetryPolicy, Tries

logger = logging.getLogger(__name__)

Attempt = Callable[[ChatRequest], Awaitable[ChatReply]]

_DRAWING_TIME = 0.01
_PATIENCE = 10.0


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
    Once ``over``, nothing more of it is sent; ``failure`` is raised when what is under way is
    through.
    """

    outbox: SimpleQueue[list[ChatReply] | Exception] = field(default_factory=SimpleQueue)
    arrived: list[ChatReply] = field(default_factory=list)
    nudged: bool = False
    over: bool = False
    failure: Exception | None = None


class Dispatcher:
    """Runs attempts with bounded, adaptive concurrency and retries.

    Args:
        attempt: Asks once. Returns a reply (one with ``error`` set is final), raises
            :class:`PassingFault` to be called again, or
            :class:`~truing_core.errors.ModelError` to end everything; attempts under way then
            are finished, for they may be paid for.
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
        self._timeout, self._policy = timeout, policy
        self.limit = AdaptiveLimit(concurrency)
        self._background = BackgroundLoop(farewell)
        self._calls: set[_Call] = set()
        self._inbox: deque[_Job] = deque()
        self._hungry = True
        self._waiting: list[tuple[float, int, _Job]] = []
        self._due: deque[_Job] = deque()
        self._order = itertools.count()
        self._running: dict[asyncio.Task[None], _Call] = {}
        self._alarm: asyncio.TimerHandle | None = None

    # The caller's thread.

    def complete(self, requests: Iterable[ChatRequest]) -> Iterator[ChatReply]:
        """Answers every request once, in the order of arrival; draws as there is room.

        An exception of the iterable itself is raised after the replies under way have come.
        """
        source, failure, under_way = iter(requests), None, 0
        exhausted = False
        batch: deque[ChatReply] = deque()
        call = _Call()
        if not self._background.tell(self._calls.add, call):
            raise RuntimeError("complete() after close()")
        try:
            while True:
                started = time.monotonic()
                while not (exhausted or call.over) and under_way < self._room():
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
                    if not under_way and (exhausted or not call.over):
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
        error = ModelError("the model was closed while requests were under way")
        if self._calls:
            self._background.tell(self._cancel, error)
        self._background.close()

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
            self._background.tell(self._pump)

    def _end(self, call: _Call) -> None:
        ended = threading.Event()
        if self._background.tell(self._dismiss, call, ended) and not self._background.is_current:
            ended.wait(timeout=_PATIENCE)

    # The loop's thread.

    def _dismiss(self, call: _Call, ended: threading.Event) -> None:
        leaving = asyncio.gather(*self._drop(call), return_exceptions=True)
        leaving.add_done_callback(lambda _: ended.set())

    def _pump(self) -> None:
        loop = asyncio.get_running_loop()
        while (job := self._take(loop.time())) is not None:
            task = loop.create_task(self._work(job))
            self._running[task] = job.call
            task.add_done_callback(self._ended)
        if loop.time() < self.limit.resume_at:
            self._wake_at(self.limit.resume_at)
        elif self._waiting:
            self._wake_at(self._waiting[0][0])
            if len(self._running) < self.limit.slots:
                self._nudge()

    def _take(self, now: float) -> _Job | None:
        """The next request to send, if one may be sent now."""
        if now < self.limit.resume_at or self._background.closed:
            return None
        while self._waiting and self._waiting[0][0] <= now:
            job = heapq.heappop(self._waiting)[2]
            if job.refused:
                self.limit.waited()
            self._due.append(job)
        return self._next() if len(self._running) < self.limit.slots else None

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
        loop = asyncio.get_running_loop()
        if self._alarm is not None:
            if loop.time() < self._alarm.when() <= when:
                return
            self._alarm.cancel()
        self._alarm = loop.call_at(when, self._pump)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._abort(error if isinstance(error, Exception) else RuntimeError(str(error)))
        self._pump()

    async def _work(self, first: _Job) -> None:
        # The slot goes on with the next request at once: by way of the loop, a lump of answers
        # would all be read before the first new request is sent.
        task = asyncio.current_task()
        assert task is not None
        job: _Job | None = first
        while job is not None:
            self._running[task] = job.call
            await self._run(job, task)
            self._raise_if_through(job.call)
            job = self._take(asyncio.get_running_loop().time())

    async def _run(self, job: _Job, task: asyncio.Task[None]) -> None:
        self._policy.begin(job.tries)
        try:
            try:
                async with asyncio.timeout(self._timeout):
                    reply = await self._attempt(job.request)
            finally:
                del self._running[task]
        except PassingFault as fault:
            self._failed(job, fault)
        except TimeoutError:
            self._failed(job, PassingFault(f"no answer within {self._timeout:g} s"))
        else:
            self._policy.answered()
            self.limit.answered()
            self._deliver(job, reply)

    def _failed(self, job: _Job, fault: PassingFault) -> None:
        now = asyncio.get_running_loop().time()
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
        if not job.call.over:
            heapq.heappush(self._waiting, (now + wait, next(self._order), job))

    def _deliver(self, job: _Job, reply: ChatReply) -> None:
        call = job.call
        if not call.arrived:
            asyncio.get_running_loop().call_soon(self._flush, call)
        call.arrived.append(reply)

    def _flush(self, call: _Call) -> None:
        if call.arrived:
            call.outbox.put(call.arrived)
            call.arrived = []

    def _abort(self, error: Exception) -> None:
        for call in list(self._calls):
            if call.failure is None:
                call.failure = _copy(error)
            self._stop_sending(call)
            self._raise_if_through(call)

    def _raise_if_through(self, call: _Call) -> None:
        if call.failure is not None and call in self._calls and not self._tasks(call):
            self._drop(call, call.failure)

    def _cancel(self, error: Exception) -> None:
        for call in list(self._calls):
            self._drop(call, _copy(error))

    def _drop(self, call: _Call, error: Exception | None = None) -> list[asyncio.Task[None]]:
        self._calls.discard(call)
        tasks = self._tasks(call)
        for task in tasks:
            task.cancel()
        self._stop_sending(call)
        self._flush(call)
        if error is not None:
            call.outbox.put(error)
        return tasks

    def _stop_sending(self, call: _Call) -> None:
        call.over = True
        self._waiting = [entry for entry in self._waiting if not entry[2].call.over]
        heapq.heapify(self._waiting)

    def _tasks(self, call: _Call) -> list[asyncio.Task[None]]:
        return [task for task, owner in self._running.items() if owner is call]


def _copy(error: Exception) -> Exception:
    """An error for one caller alone, who adds a traceback to it."""
    return type(error)(str(error)) if isinstance(error, TruingError) else error
