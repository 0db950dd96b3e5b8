"""A real local OpenAI-compatible HTTP server: scripted, faulty on demand, and it counts.

In a test, as a thread::

    with ChatServer(reply=lambda body: "four", faults={"2+2?": ["429", "drop"]}) as server:
        ...  # server.url is the base URL; server.asked["2+2?"] counts the calls

As a process, so that a benchmark's client has its interpreter to itself::

    python -m truing_core.testing.server --latency 0.05 --faulty 0.3

which :func:`server_process` starts and ends.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from truing_core.testing.faults import FAULTY_KINDS, Fault, Faults, first_answers_faulty

Body = Mapping[str, Any]
Reply = str | Mapping[str, Any]


def echo(body: Body) -> str:
    """The default reply: ``echo: `` and the last message's content."""
    return f"echo: {body['messages'][-1]['content']}"


class ChatServer:
    """A local server with ``/v1/models`` and ``/v1/chat/completions``.

    A *prompt* below is the content of a request's last message.

    Args:
        reply: Gives the text for a request body, or the whole message object (a mapping with
            ``content``, ``refusal`` ...; a ``finish_reason`` in it moves to the choice).
        latency: Seconds before an answer, or a function of the prompt.
        faults: Bad answers: by prompt (its first attempts, in order), for every prompt alike,
            or a function of (prompt, attempt from 1). ``None`` from it means a good answer.
        models: Names it serves; anything else is a 404. ``None`` serves every name.
        api_key: The only key it takes (401 otherwise); ``None`` takes all.
        capacity: Requests it works on at once; beyond that it answers 429.
        retry_after: ``Retry-After`` of those, and of plain ``"429"`` faults.
        json_schema: Whether it knows ``response_format``; if not, it answers 400.
        refuses: Further request fields it answers with OpenAI's 400 for unsupported ones.
        port: 0 picks a free one.

    Attributes:
        asked: Chat requests by prompt.
        answered: Good answers by prompt.
        arrivals: Times (monotonic, seconds) at which each prompt was asked.
        bodies: Request bodies in order of arrival.
        keys_seen: Keys the clients sent.
        in_flight, max_in_flight: Requests under way, now and at most.
    """

    def __init__(
        self,
        reply: Callable[[Body], Reply] | None = None,
        *,
        latency: float | Callable[[str], float] = 0.0,
        faults: Faults | None = None,
        models: Sequence[str] | None = None,
        api_key: str | None = None,
        capacity: int | None = None,
        retry_after: str | None = None,
        json_schema: bool = True,
        refuses: Sequence[str] = (),
        port: int = 0,
    ) -> None:
        self.reply, self.latency, self.faults = reply or echo, latency, faults
        self.models, self.api_key = models, api_key
        self.capacity, self.retry_after = capacity, retry_after
        self.json_schema, self.refuses = json_schema, tuple(refuses)
        self.port = port
        self.asked: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.arrivals: defaultdict[str, list[float]] = defaultdict(list)
        self.bodies: list[Body] = []
        self.keys_seen: set[str] = set()
        self.in_flight = self.max_in_flight = 0
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    @property
    def url(self) -> str:
        """The base URL, ending in ``/v1``."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def total(self) -> int:
        """Chat requests in all."""
        return self.asked.total()

    def start(self) -> Self:
        """Serves from a thread of its own; returns once the port is open."""
        ready = threading.Event()
        failure: list[BaseException] = []

        def run() -> None:
            try:
                asyncio.run(self.serve(ready))
            except BaseException as error:  # handed to the thread that waits
                failure.append(error)
            finally:
                ready.set()

        self._thread = threading.Thread(target=run, name="chat-server", daemon=True)
        self._thread.start()
        ready.wait()
        if failure:
            raise failure[0]
        return self

    def stop(self) -> None:
        """Closes the port and every connection, and ends the thread."""
        if self._thread is None or self._loop is None or self._stop is None:
            return
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def run(self) -> None:
        """Serves as a process of its own, until it is killed; first prints the base URL."""

        async def announced() -> None:
            ready = threading.Event()
            serving = asyncio.create_task(self.serve(ready))
            while not ready.is_set() and not serving.done():
                await asyncio.sleep(0.01)
            if ready.is_set():
                print(self.url, flush=True)
            await serving

        asyncio.run(announced())

    async def serve(self, ready: threading.Event | None = None) -> None:
        """Serves until :meth:`stop` is called from another thread or the task is cancelled."""
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        runner = web.ServerRunner(web.Server(self._handle), shutdown_timeout=0.1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", self.port, backlog=1024)
            await site.start()
            self.port = runner.addresses[0][1]
            if ready is not None:
                ready.set()
            await self._stop.wait()
        finally:
            await runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        match request.method, request.path:
            case "POST", "/v1/chat/completions":
                self.in_flight += 1
                self.max_in_flight = max(self.max_in_flight, self.in_flight)
                try:
                    return await self._chat(request)
                except ConnectionResetError:
                    return _error(400, "the client is gone")
                finally:
                    self.in_flight -= 1
            case "GET", "/v1/models":
                names = self.models if self.models is not None else ["test-model"]
                return web.json_response(
                    {"object": "list", "data": [{"id": name, "object": "model"} for name in names]}
                )
            case "GET", "/stats":
                return web.json_response(self.stats())
        return _error(404, f"no route {request.method} {request.path}")

    def stats(self) -> dict[str, Any]:
        """The counters, as ``GET /stats`` shows them."""
        return {
            "total": self.total,
            "max_in_flight": self.max_in_flight,
            "asked": self.asked,
            "answered": self.answered,
        }

    async def _chat(self, request: web.BaseRequest) -> web.StreamResponse:
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.keys_seen.add(key)
        try:
            body = json.loads(await request.read())
            prompt = str(body["messages"][-1]["content"])
        except (ValueError, LookupError, TypeError):
            return _error(400, "the body has no messages")
        self.asked[prompt] += 1
        self.arrivals[prompt].append(time.monotonic())
        self.bodies.append(body)
        if self.capacity is not None and self.in_flight > self.capacity:
            return self._refusal(Fault("429"), key)
        seconds = self.latency(prompt) if callable(self.latency) else self.latency
        if seconds:
            await asyncio.sleep(seconds)
        if self.api_key is not None and key != self.api_key:
            return self._refusal(Fault("401", message="Incorrect API key provided: {key}"), key)
        if self.models is not None and body.get("model") not in self.models:
            return self._refusal(Fault("404"), key)
        for field in self.refuses:
            if field in body:
                return self._refusal(
                    Fault(
                        "400",
                        message=f"Unsupported parameter: '{field}' is not supported here.",
                        error={"code": "unsupported_parameter", "param": field},
                    ),
                    key,
                )
        if "response_format" in body and not self.json_schema:
            return self._refusal(Fault("400", message="response_format is not supported"), key)
        fault = self._fault(prompt)
        if fault is not None:
            return await self._misbehave(request, fault, body, key)
        self.answered[prompt] += 1
        return web.json_response(self._completion(body))

    def _fault(self, prompt: str) -> Fault | None:
        attempt = self.asked[prompt]
        fault: Fault | str | None
        if self.faults is None:
            return None
        if callable(self.faults):
            fault = self.faults(prompt, attempt)
        else:
            script = (
                self.faults.get(prompt, ()) if isinstance(self.faults, Mapping) else self.faults
            )
            fault = script[attempt - 1] if attempt <= len(script) else None
        return Fault(fault) if isinstance(fault, str) else fault

    async def _misbehave(
        self, request: web.BaseRequest, fault: Fault, body: Body, key: str
    ) -> web.StreamResponse:
        good = json.dumps(self._completion(body)).encode()
        match fault.kind:
            case "drop":
                response = web.StreamResponse()
                response.content_length, response.content_type = len(good), "application/json"
                await response.prepare(request)
                await response.write(good[: len(good) // 2])
                if request.transport is not None:
                    request.transport.close()
                return response
            case "malformed":
                return web.Response(body=good[: len(good) // 2], content_type="application/json")
            case "empty":
                return web.json_response({**self._completion(body), "choices": []})
            case "html":
                return web.Response(text="<html><h1>Hello</h1></html>", content_type="text/html")
            case "hang":
                assert self._stop is not None
                await self._stop.wait()
                return _error(503, "shutting down")
        return self._refusal(fault, key)

    def _refusal(self, fault: Fault, key: str) -> web.Response:
        status = int(fault.kind)
        default = {
            404: "The model does not exist",
            429: "Rate limit reached",
            401: "Bad key: {key}",
        }
        message = fault.message or default.get(status, f"scripted fault {status}")
        extra = dict(fault.error or ({"code": "model_not_found"} if status == 404 else {}))
        response = _error(status, message.replace("{key}", key), **extra)
        retry_after = fault.retry_after or (self.retry_after if status == 429 else None)
        if retry_after is not None:
            response.headers["Retry-After"] = retry_after
        return response

    def _completion(self, body: Body) -> dict[str, Any]:
        reply = self.reply(body)
        message: dict[str, Any] = {"role": "assistant"}
        message |= {"content": reply} if isinstance(reply, str) else reply
        finish_reason = message.pop("finish_reason", "stop")
        told = message.pop("usage", {})
        prompt_tokens = sum(len(str(turn["content"]).split()) for turn in body["messages"])
        completion_tokens = len(str(message.get("content") or "").split())
        return {
            "id": f"chatcmpl-{self.total}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": body.get("model"),
            "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
            "usage": told if told is None else {
                "prompt_tokens": prompt_tokens,
                "completion_tokens": completion_tokens,
                "total_tokens": prompt_tokens + completion_tokens,
                **told,
            },
        }  # fmt: skip


def _error(status: int, message: str, **fields: Any) -> web.Response:
    error = {"message": message, "type": "error", "param": None, "code": None, **fields}
    return web.json_response({"error": error}, status=status)


@contextmanager
def server_process(*arguments: str) -> Iterator[str]:
    """A server as a process of its own, ended when the block is left.

    Args:
        arguments: What this interpreter is given: a script that calls :meth:`ChatServer.run`, or
            ``-m truing_core.testing.server`` and its options.

    Yields:
        The base URL.
    """
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.communicate(timeout=20)


def main() -> None:
    """Runs a server as a process; its first output line is the base URL."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before an answer")
    parser.add_argument("--faulty", type=float, default=0.0, help="share of bad first answers")
    parser.add_argument("--kinds", default=",".join(FAULTY_KINDS), help="in equal parts")
    parser.add_argument("--retry-after", default="1", help="of the 429s among them")
    options = parser.parse_args()
    faults = first_answers_faulty(
        options.faulty, options.kinds.split(","), retry_after=options.retry_after
    )
    server = ChatServer(
        latency=options.latency, faults=faults if options.faulty else None, port=options.port
    )

    try:
        server.run()
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
