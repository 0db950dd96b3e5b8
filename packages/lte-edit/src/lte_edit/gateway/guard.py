"""What stands around every request: the door, limits, a deadline, the log and the counters."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lte_edit.gateway.access import Access
from lte_edit.gateway.errors import ApiError, too_many
from lte_edit.gateway.metrics import Metrics, Timings
from lte_edit.gateway.settings import Settings

log = logging.getLogger(__name__)
access_log = logging.getLogger("lte_edit.gateway.access")

_OPEN = ("/healthz", "/readyz")  # for whatever watches the process, which has no key
_FIXED = {
    *_OPEN, "/metrics", "/v1/models", "/v1/chat/completions", "/v1/completions", "/v1/edits",
    "/v1/edits/search", "/v1/edits/rollback", "/v1/edits/history",
}  # fmt: skip
_CLIENT_GONE = 499  # as nginx counts it; nobody gets to see it
_LAST_WORDS = 1.0  # seconds for an error to a client that may not be reading


class Guard:
    """Lets requests to the app within, and sees to their end.

    Args:
        app: What answers.
        access: Who may ask.
        settings: Limits.
        metrics: What is counted.
    """

    def __init__(self, app: ASGIApp, access: Access, settings: Settings, metrics: Metrics) -> None:
        self._app, self._access = app, access
        self._settings, self._metrics = settings, metrics
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await _Request(self, scope, receive, send).run()
        elif scope["type"] == "lifespan":
            await self._app(scope, receive, send)

    def admit(self, scope: Scope) -> None:
        """Refuses what may not or cannot be answered now.

        Raises:
            ApiError: Says why.
        """
        size = sum(len(name) + len(value) + 4 for name, value in scope["headers"])
        if size > self._settings.most_headers:
            raise ApiError(431, f"the headers have {size:,} bytes; "
                           f"at most {self._settings.most_headers:,} are taken")  # fmt: skip
        if scope["path"] in _OPEN:
            return
        scope["state"]["caller"] = self._access.caller(Headers(scope=scope))
        if self._under_way > self._settings.most_requests and scope["path"] != "/metrics":
            raise too_many(f"{self._under_way - 1} requests are under way; try again soon")


class _Request:
    """One request on its way."""

    def __init__(self, guard: Guard, scope: Scope, receive: Receive, send: Send) -> None:
        self._guard, self._scope, self._receive, self._send = guard, scope, receive, send
        self._timings = Timings()
        self._deadline = asyncio.timeout(guard._settings.timeout + 2)  # the model's own comes first
        self._status = 0
        self._streams = self._done = False
        self._watch: asyncio.Task[None] | None = None
        self._gone = asyncio.Event()
        self._task: asyncio.Task[Any] | None = None

    async def run(self) -> None:
        guard, scope = self._guard, self._scope
        scope["state"] = {**scope.get("state", {}), "timings": self._timings}
        self._task = asyncio.current_task()
        guard._under_way += 1
        guard._metrics.in_flight.inc()
        try:
            guard.admit(scope)
            async with self._deadline:
                await guard._app(scope, self.receive, self.send)
        except ApiError as error:
            await self._fail(error)
        except TimeoutError:
            await self._fail(
                ApiError(504, f"no answer within {guard._settings.timeout:g} s", code="timeout")
            )
        except asyncio.CancelledError:
            if not self._gone.is_set():  # the server is ending
                await self._fail(ApiError(503, "the gateway is shutting down", code="shutdown"))
            elif self._task is not None:
                self._task.uncancel()
        except Exception as error:
            # Its text may hold what users wrote.
            log.error("unforeseen %s at %s", type(error).__name__, route_of(scope["path"]))
            log.info("the trace of it", exc_info=error)
            await self._fail(ApiError(500, "the gateway failed at this request; its log says how"))
        finally:
            if self._watch is not None:
                self._watch.cancel()
            guard._under_way -= 1
            guard._metrics.in_flight.dec()
            self._note()

    async def receive(self) -> Message:
        """The request's body; then nothing until the client is gone."""
        if self._watch is not None:
            await self._gone.wait()
            return {"type": "http.disconnect"}
        message = await self._receive()
        if message["type"] == "http.disconnect":  # in the middle of its request
            self._gone.set()
            raise asyncio.CancelledError
        if not message.get("more_body"):
            self._watch = asyncio.create_task(self._watched())
        return message

    async def _watched(self) -> None:
        """Ends the work for a client that does not wait for it."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if not self._done and self._task is not None:
            self._gone.set()
            self._task.cancel()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            now = time.perf_counter()
            self._status = message["status"]
            headers = MutableHeaders(raw=list(message["headers"]))
            self._streams = headers.get("content-type", "").startswith("text/event-stream")
            headers["Server-Timing"] = self._timings.header(now).decode()
            headers["X-Content-Type-Options"] = "nosniff"
            message = {**message, "headers": headers.raw}
            self._guard._metrics.begun(self._timings, now)
        elif not message.get("more_body"):
            self._done = True
        if not self._deadline.expired():
            # From here on it is the pauses that count.
            moved = asyncio.get_running_loop().time() + self._guard._settings.timeout + 2
            self._deadline.reschedule(moved)
        await self._send(message)

    async def _fail(self, error: ApiError) -> None:
        """Says what went wrong, in whatever form is still possible."""
        try:
            async with asyncio.timeout(_LAST_WORDS):
                if not self._status:
                    headers = [(name.lower().encode(), value.encode())
                               for name, value in error.headers.items()]  # fmt: skip
                    headers += [
                        (b"content-type", b"application/json"),
                        (b"content-length", str(len(error.body)).encode()),
                    ]
                    start = {"type": "http.response.start", "status": error.status}
                    self._status = error.status
                    await self._send({**start, "headers": headers})
                    await self._send({"type": "http.response.body", "body": error.body})
                elif not self._done:
                    last = error.event if self._streams else b""
                    await self._send({"type": "http.response.body", "body": last})
        except TimeoutError:
            pass

    def _note(self) -> None:
        scope, now = self._scope, time.perf_counter()
        route, status = route_of(scope["path"]), self._status or _CLIENT_GONE
        self._guard._metrics.answered(route, status, self._timings, now)
        caller = scope["state"].get("caller")
        access_log.info(
            "%s %s %d %.1f ms key=%s edits=%s", scope["method"], route, status,
            1000 * (now - self._timings.begun), caller.name if caller else "-",
            "-" if self._timings.edits is None else self._timings.edits,
        )  # fmt: skip


def route_of(path: str) -> str:
    """A path as the log and the counters name it: nothing in it is the user's own."""
    if path in _FIXED:
        return path
    for prefix in ("/v1/edits/", "/v1/models/"):
        if path.startswith(prefix):
            return prefix + "{id}"
    return "unknown"
