"""The gateway as a process: a port, a ready line, and an end that lets answers finish."""

from __future__ import annotations

import signal
import socket
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp

from truing_core.cli import tell
from truing_core.errors import TruingError, UsageError

_BACKLOG = 2048
_IDLE = 75  # seconds a connection may wait for its next request


def listening(host: str, port: int) -> socket.socket:
    """A port that nobody else has; 0 takes a free one.

    Raises:
        UsageError: There is no such address here.
        TruingError: The port is taken, or may not be had.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError):
        raise UsageError(f"'{host}' is no address of this machine; see --host") from None
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(_BACKLOG)
    except OSError as error:
        sock.close()
        raise TruingError(
            f"cannot listen on {host} port {port} ({error.strerror}); choose another --port"
        ) from None
    sock.set_inheritable(False)
    return sock


def url_of(sock: socket.socket) -> str:
    """How clients reach it, up to ``/v1``."""
    host, port = sock.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/v1"


class _Server(uvicorn.Server):
    """Says when it is there."""

    def __init__(self, config: uvicorn.Config, ready: str) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        tell(self._ready)


def configured(app: ASGIApp, grace: int) -> uvicorn.Config:
    """How uvicorn is to serve the gateway: the guard keeps the log, and trusts no proxy."""
    return uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, lifespan="on", ws="none",
        timeout_keep_alive=_IDLE, timeout_graceful_shutdown=grace, backlog=_BACKLOG,
        proxy_headers=False,
    )  # fmt: skip


def serve(app: ASGIApp, sock: socket.socket, *, grace: int, ready: str) -> None:
    """Serves until SIGTERM or Ctrl-C; then answers under way may take so many seconds more.

    Args:
        app: See :func:`~lte_edit.gateway.app.make_app`.
        sock: See :func:`listening`.
        grace: Seconds.
        ready: What is said when requests are taken.

    Raises:
        KeyboardInterrupt: It was Ctrl-C.
    """
    # uvicorn raises what ended it once more when all is done; SIGTERM has had its effect then.
    with suppress(ValueError):  # only the main thread may
        signal.signal(signal.SIGTERM, lambda *_: None)
    _Server(configured(app, grace), ready).run(sockets=[sock])
