"""A model behind an OpenAI-compatible server: requests go out as they are, answers come back so."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies

import aiohttp

from lte_edit.gateway.backend import Kind, Reply
from lte_edit.gateway.errors import ApiError
from lte_edit.gateway.metrics import UPSTREAM, Metrics, Timings
from lte_edit.gateway.sse import EventReader, Garbage
from lte_edit.grounding import ChatMessage, Grounded, ground
from truing_core.models.openai import OpenAIModel, base_url
from truing_core.models.spec import ModelSpec
from truing_core.prompts import Prompts
from truing_core.redact import HIDDEN

if TYPE_CHECKING:
    from lte_edit.memory.results import Hit

log = logging.getLogger(__name__)

_PATHS = {"chat": "/chat/completions", "text": "/completions"}
_CONNECT_TIMEOUT = 10.0
_KEEP_ALIVE = 4.0  # seconds; many servers drop idle connections after five
_AT_ONCE = 1.0  # seconds; a server that breaks off later had time to work on the request
_PASSED = ("retry-after", "retry-after-ms", "x-request-id", "openai-processing-ms")
_REUSED = "reused"
_READY_TIMEOUT = 3.0
_READY_FOR = 2.0  # seconds that an answer to "are you there" is good for


class Upstream:
    """As :class:`~lte_edit.gateway.backend.Backend`.

    Args:
        spec: Name, address and the environment variable of the key.
        prompts: Templates of blocks.
        metrics: Where faults are counted.
        timeout: Seconds without a byte of an answer until it is given up.

    Raises:
        ModelError: The server is OpenAI's and no key is set, or the key is malformed.
    """

    def __init__(self, spec: ModelSpec, prompts: Prompts, metrics: Metrics, timeout: float) -> None:
        OpenAIModel(spec).close()  # checks the key and the address
        self.name, self._url = spec.name, base_url(spec)
        self._prompts, self._metrics, self._timeout = prompts, metrics, timeout
        self._key = os.environ.get(spec.api_key_env, "").strip()
        self._key_name = spec.api_key_env
        self._session: aiohttp.ClientSession | None = None
        self._ready: tuple[float, str | None] = (-_READY_FOR, None)

    async def open(self) -> None:
        headers = {
            "Accept-Encoding": "identity", "Content-Type": "application/json",
            "User-Agent": "lte-edit",
        }  # fmt: skip
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEP_ALIVE),
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=_CONNECT_TIMEOUT, sock_read=self._timeout
            ),
            headers=headers,
            trace_configs=[_tracing()],
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=bool(getproxies()),  # it costs time at each request
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def ready(self) -> str | None:
        then, trouble = self._ready
        if time.monotonic() - then >= _READY_FOR:
            trouble = await self._look()
            self._ready = time.monotonic(), trouble
        return trouble

    async def _look(self) -> str | None:
        assert self._session is not None
        timeout = aiohttp.ClientTimeout(total=_READY_TIMEOUT)
        try:
            async with self._session.get(f"{self._url}/models", timeout=timeout) as response:
                if response.status < 500:
                    return None
                return f"the model server answers {response.status}"
        except (aiohttp.ClientError, OSError, TimeoutError):
            return "the model server cannot be reached"

    async def ground(
        self, messages: Sequence[ChatMessage], hits: Sequence[Hit], body: Mapping[str, Any]
    ) -> Grounded:
        # How long its context is, only its refusal says.
        return ground(self._prompts, messages, hits)

    async def send(
        self, kind: Kind, body: Mapping[str, Any], raw: bytes | None, timings: Timings
    ) -> Reply:
        data = json.dumps(body).encode() if raw is None else raw
        with timings.stage(UPSTREAM):
            try:
                response = await self._post(self._url + _PATHS[kind], data)
                kind_of_answer = response.headers.get("Content-Type", "").lower()
                streams = kind_of_answer.startswith("text/event-stream")
                whole = b"" if streams and response.status < 400 else await response.read()
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                raise self._unanswered(error) from None
        headers = {
            name: value for name, value in response.headers.items()
            if name.lower() in _PASSED or name.lower().startswith("x-ratelimit-")
        }  # fmt: skip
        if response.status >= 300:
            return self._refused(response.status, headers, whole)
        if streams:
            return Reply(response.status, headers, events=self._events(response))
        return Reply(response.status, headers, whole)

    async def _post(self, url: str, data: bytes) -> aiohttp.ClientResponse:
        assert self._session is not None
        seen: dict[str, bool] = {}
        begun = time.monotonic()
        try:
            return await self._session.post(
                url, data=data, allow_redirects=False, trace_request_ctx=seen
            )
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, ConnectionResetError):
            # An answer may cost money, so only what nobody can have worked on is asked again: the
            # server closed an idle connection just when it was taken up.
            if _REUSED not in seen or time.monotonic() - begun > _AT_ONCE:
                raise
            return await self._session.post(url, data=data, allow_redirects=False)

    async def _events(self, response: aiohttp.ClientResponse) -> AsyncGenerator[bytes, None]:
        reader = EventReader()
        try:
            async for chunk in response.content.iter_any():
                good, garbage = [], None
                for event in reader.feed(chunk):
                    try:
                        reader.check(event)
                    except Garbage as error:
                        garbage = error
                        break
                    good.append(event)
                if good:  # what came together goes on together
                    yield b"".join(good)
                if garbage is not None:
                    raise garbage
            reader.end()
        except Garbage as error:
            self._metrics.upstream_errors.labels("garbage").inc()
            yield ApiError(
                502, f"the model server's stream cannot be read: {error}", code="upstream_garbage"
            ).event
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            yield self._unanswered(error).event
        finally:
            response.close()

    def _refused(self, status: int, headers: dict[str, str], body: bytes) -> Reply:
        self._metrics.upstream_errors.labels(str(status)).inc()
        if status == 401:
            # To the client it would look as if its own key were wrong.
            raise ApiError(
                502, "the model server does not accept the gateway's own key; its operator has "
                f"to correct {self._key_name}", code="upstream_key",
            )  # fmt: skip
        if status < 400:
            raise ApiError(502, f"the model server answers {status}, a redirection; its address "
                           "has to be corrected", code="upstream_redirect")  # fmt: skip
        if self._key:
            body = body.replace(self._key.encode(), HIDDEN.encode())
        try:
            if isinstance(json.loads(body), dict):
                return Reply(status, headers, body)
        except (ValueError, RecursionError):
            pass
        return Reply(status, headers, ApiError(status, f"the model server answers {status}").body)

    def _unanswered(self, error: BaseException) -> ApiError:
        if isinstance(error, TimeoutError) and not isinstance(
            error, aiohttp.ConnectionTimeoutError
        ):
            kind, status = "timeout", 504
            said = f"the model server sent nothing for {self._timeout:g} s"
        elif isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
            kind, status = "unreachable", 502
            said = "the model server cannot be reached"
        else:
            kind, status = "broken", 502
            said = "the connection to the model server broke off"
        self._metrics.upstream_errors.labels(kind).inc()
        log.warning("%s (%s)", said, self._url)
        return ApiError(status, said, code=f"upstream_{kind}")


def _tracing() -> aiohttp.TraceConfig:
    """Notes in a request's context that it went over a connection of an earlier one."""

    async def reused(session: Any, context: Any, _: Any) -> None:
        if context.trace_request_ctx is not None:
            context.trace_request_ctx[_REUSED] = True

    config = aiohttp.TraceConfig()
    config.on_connection_reuseconn.append(reused)
    return config
