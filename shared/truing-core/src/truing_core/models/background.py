"""An event loop in a thread of its own, for synchronous code."""

from __future__ import annotations

import asyncio
import atexit
import threading
import weakref
from collections.abc import Awaitable, Callable

_PATIENCE = 10.0


class BackgroundLoop:
    """Starts with the first :meth:`tell` and ends with :meth:`close`.

    If it is forgotten instead, it ends when it is collected, or at the interpreter's exit.

    Args:
        farewell: Awaited on the loop when all tasks have been cancelled, to close connections.
            It must not hold on to the object, or that is never collected.
    """

    def __init__(self, farewell: Callable[[], Awaitable[None]] | None = None) -> None:
        self._farewell = farewell
        # Garbage collection may run in the middle of a locked region and close generators,
        # which come back here.
        self._lock = threading.RLock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._finalizer: weakref.finalize[..., BackgroundLoop] | None = None
        self.closed = False

    @property
    def is_current(self) -> bool:
        """Whether the caller runs on the loop's thread."""
        return threading.current_thread() is self._thread

    def tell(self, what: Callable[..., object], *arguments: object) -> bool:
        """Has the loop call something soon; ``False`` if it is closed, and nothing will be."""
        with self._lock:
            if self.closed:
                return False
            if self._loop is None:
                self._start()
            assert self._loop is not None
            self._loop.call_soon_threadsafe(what, *arguments)
            return True

    def close(self) -> None:
        """Cancels every task, says farewell, and waits for the thread to end."""
        with self._lock:
            self.closed = True
            if self._finalizer is not None and self._finalizer.detach() is not None:
                assert self._loop is not None
                _end(self._loop, self._farewell)
        if self._thread is not None and not self.is_current:
            self._thread.join(timeout=_PATIENCE)

    def _start(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=_serve, args=(self._loop,), name="truing-background", daemon=True
        )
        self._thread.start()
        self._finalizer = weakref.finalize(self, _end, self._loop, self._farewell)
        self._finalizer.atexit = False  # it would not wait; see _close_all
        _OPEN.add(self)


_OPEN: weakref.WeakSet[BackgroundLoop] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for background in list(_OPEN):
        background.close()


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        loop.close()


def _end(loop: asyncio.AbstractEventLoop, farewell: Callable[[], Awaitable[None]] | None) -> None:
    async def end() -> None:
        # A task that ends may have started another.
        while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        try:
            if farewell is not None:
                await farewell()
        finally:
            loop.call_soon(loop.stop)

    loop.call_soon_threadsafe(lambda: loop.create_task(end()))
