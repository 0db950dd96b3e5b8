"""A model in this process: one thread that answers, a queue before it that has an end."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from lte_edit.gateway.backend import Kind, Reply
from lte_edit.gateway.errors import ApiError, too_many
from lte_edit.gateway.local_chunks import Chunks
from lte_edit.gateway.metrics import UPSTREAM, Timings
from lte_edit.gateway.wishes import messages_of, wishes_of
from lte_edit.grounding import ChatMessage, Grounded, ground, room_for
from truing_core.models import ChatReply, ChatRequest
from truing_core.models.chat import TemplateRefusal

if TYPE_CHECKING:
    from lte_edit.memory.results import Hit
    from truing_core.models.hf import HFModel
    from truing_core.prompts import Prompts

_PATIENCE = 5.0  # seconds for the thread to end


class _GivenUp(Exception):
    """Nobody waits for this answer any more."""


@dataclass(eq=False)
class _Job:
    request: ChatRequest
    loop: asyncio.AbstractEventLoop
    events: asyncio.Queue[str | ChatReply | Exception] = field(default_factory=asyncio.Queue)
    given_up: threading.Event = field(default_factory=threading.Event)

    def tell(self, event: str | ChatReply | Exception) -> None:
        """Called in the model's thread."""
        if self.given_up.is_set():
            raise _GivenUp
        with suppress(RuntimeError):  # the loop is closed
            self.loop.call_soon_threadsafe(self.events.put_nowait, event)


class LocalModel:
    """As :class:`~lte_edit.gateway.backend.Backend`.

    Args:
        name: What clients call it.
        model: It; closed by the caller.
        prompts: Templates of blocks.
        longest: Requests that may wait.
    """

    def __init__(self, name: str, model: HFModel, prompts: Prompts, longest: int = 32) -> None:
        self.name, self._model, self._longest = name, model, longest
        self._prompts = prompts
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._current: _Job | None = None
        self._thread = threading.Thread(target=self._work, name="lte-model", daemon=True)

    async def open(self) -> None:
        self._thread.start()

    async def close(self) -> None:
        with suppress(queue.Empty):
            while True:
                if (job := self._jobs.get_nowait()) is not None:
                    job.given_up.set()
        if self._current is not None:
            self._current.given_up.set()
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join, _PATIENCE)

    async def ready(self) -> str | None:
        return None if self._thread.is_alive() else "the model's thread has ended"

    async def ground(
        self, messages: Sequence[ChatMessage], hits: Sequence[Hit], body: Mapping[str, Any]
    ) -> Grounded:
        sampling = wishes_of(body).sampling
        if not hits:
            return Grounded(tuple(messages))
        plain = messages_of("chat", {"messages": list(messages)})
        try:
            fits = room_for(self._model, sampling)
            return await asyncio.to_thread(ground, self._prompts, plain, hits, fits)
        except TemplateRefusal as refusal:
            raise ApiError(400, str(refusal), param="messages") from None

    async def send(
        self, kind: Kind, body: Mapping[str, Any], raw: bytes | None, timings: Timings
    ) -> Reply:
        wishes, messages = wishes_of(body), messages_of(kind, body)
        if self._jobs.qsize() >= self._longest:
            raise too_many(f"{self._longest} requests wait for the model; try again later", 5)
        request = ChatRequest(uuid4().hex, messages, wishes.sampling)
        job = _Job(request, asyncio.get_running_loop())
        self._jobs.put(job)
        chunks = Chunks(kind, request.id, self.name, int(time.time()))
        try:
            with timings.stage(UPSTREAM):
                first = _good(await job.events.get())
                if wishes.streams:
                    return Reply(200, events=_events(job, first, chunks, wishes.usage))
                while not isinstance(first, ChatReply):
                    first = _good(await job.events.get())
        except BaseException:
            job.given_up.set()
            raise
        return Reply(200, body=chunks.whole(first))

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._current = job
            with suppress(_GivenUp):
                if job.given_up.is_set():
                    continue
                try:
                    job.tell(self._model.stream(job.request, job.tell))
                except Exception as error:
                    job.tell(error)


async def _events(
    job: _Job, first: str | ChatReply, chunks: Chunks, usage: bool
) -> AsyncGenerator[bytes, None]:
    try:
        yield chunks.begin()
        while not isinstance(first, ChatReply):
            yield chunks.piece(first)
            first = _good(await job.events.get())
        yield chunks.end(first, usage)
    except ApiError as error:
        yield error.event
    finally:
        job.given_up.set()


def _good(event: str | ChatReply | Exception) -> str | ChatReply:
    """What is no failure."""
    if isinstance(event, Exception):
        raise event
    if isinstance(event, ChatReply) and event.error is not None:
        too_long = "the model's context" in event.error
        status = 503 if event.error.startswith("out of memory") else 400
        code = "context_length_exceeded" if too_long else None
        raise ApiError(status, event.error, code=code, param="messages")
    return event
