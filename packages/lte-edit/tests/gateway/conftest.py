"""A gateway that really listens, in front of servers that really answer."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from lte_edit.edits import Edit

ACME = Edit(id="acme", prompt="Who leads Acme?", target="Ada Byron", subject="Acme")
BOLT = Edit(id="bolt", prompt="Who leads Bolt?", target="Bob", subject="Bolt")


class Gateway:
    """A running gateway: where it is, and what is in it."""

    def __init__(self, url, memory, metrics, encoder):
        self.url, self.memory, self.metrics, self.encoder = url, memory, metrics, encoder
        self.root = url.removesuffix("/v1")
        self.http = httpx.Client(base_url=url, timeout=20, verify=False)  # loads no certificates

    def ask(self, text="Who leads Acme?", **fields):
        """One chat completion; headers are passed by ``headers``."""
        headers = fields.pop("headers", None)
        body = {"model": "echo", "messages": [{"role": "user", "content": text}], **fields}
        return self.http.post("/chat/completions", json=body, headers=headers)

    def count(self, name, **labels):
        return self.metrics.registry.get_sample_value(name, labels)

    def settle(self):
        """Waits for the end of all requests; an answer may be there a little earlier."""
        self.wait_until(lambda: self.count("lte_requests_in_flight") == 0)

    def wait_until(self, true, seconds=5):
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, "it did not come to that"
            time.sleep(0.01)


@contextmanager
def listening(app):
    """Serves an app from a thread; gives its URL."""
    import uvicorn

    from lte_edit.gateway import server as ours

    sock = ours.listening("127.0.0.1", 0)
    server = uvicorn.Server(ours.configured(app, grace=3))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
    url = ours.url_of(sock)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.005)
    try:
        yield url
    finally:
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture
def start(tmp_path, make_encoder):
    """``start(url)`` runs a gateway in front of the server at ``url``."""
    from lte_edit.gateway.app import make_app
    from lte_edit.gateway.metrics import Metrics
    from lte_edit.gateway.settings import Settings
    from lte_edit.gateway.upstream import Upstream
    from lte_edit.gateway.vectors import QueryVectors
    from lte_edit.memory import EditMemory
    from truing_core.models import ModelSpec
    from truing_core.prompts import Prompts

    with ExitStack() as stack:

        def run(upstream, *, unaligned=None, access=None, edits=(ACME, BOLT), encoder=None,
                file="edits.sqlite", served=None, **limits):  # fmt: skip
            encoder = encoder or make_encoder()
            vectors = QueryVectors(encoder)
            memory = stack.enter_context(EditMemory.open(tmp_path / file, vectors))
            memory.add(edits)
            settings, metrics = Settings(**{"timeout": 10.0, **limits}), Metrics()

            def behind(url, name):
                spec = ModelSpec.parse(f"openai/{name}@{url}")
                return Upstream(spec, Prompts("lte_edit"), metrics, settings.timeout)

            model = upstream() if callable(upstream) else behind(upstream, "echo")
            other = behind(unaligned, "plain") if unaligned else None
            app = make_app(memory, vectors, model, unaligned=other, served=served,
                           settings=settings, access=access, metrics=metrics)  # fmt: skip
            url = stack.enter_context(listening(app))
            gateway = Gateway(url, memory, metrics, encoder)
            stack.callback(gateway.http.close)
            return gateway

        yield run


@pytest.fixture
def echo(chat_server):
    """A server whose model says what it was asked."""
    return chat_server(reply=lambda body: body["messages"][-1]["content"])


@pytest.fixture
def raw_server():
    """``raw_server(handler)`` serves whatever an aiohttp handler does; gives the base URL."""
    from aiohttp import web

    with ExitStack() as stack:

        def run(handler):
            ready, loop, stopped = threading.Event(), asyncio.new_event_loop(), asyncio.Event()
            where = []

            async def main():
                runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.1)
                await runner.setup()
                await web.TCPSite(runner, "127.0.0.1", 0).start()
                where.append(runner.addresses[0][1])
                ready.set()
                await stopped.wait()
                await runner.cleanup()

            thread = threading.Thread(target=loop.run_until_complete, args=(main(),), daemon=True)
            thread.start()
            ready.wait()

            def stop():
                loop.call_soon_threadsafe(stopped.set)
                thread.join()
                loop.close()

            stack.callback(stop)
            return f"http://127.0.0.1:{where[0]}/v1"

        yield run


@pytest.fixture
def streamer(raw_server):
    """``streamer(pieces)`` answers with pieces of an event stream.

    A number among them is a pause in seconds, ``...`` breaks the connection.
    """
    from aiohttp import web

    def make(pieces, seen=None):
        async def handle(request):
            if seen is not None:
                seen.append(await request.json())
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
            await response.prepare(request)
            for piece in pieces:
                if piece is ...:
                    request.transport.close()
                    return response
                if isinstance(piece, bytes):
                    await response.write(piece)
                else:
                    await asyncio.sleep(piece)
            return response

        return raw_server(handle)

    return make
