"""Talk: what a tool says on stderr while it works. Stdout belongs to data.

    with progress("generate", total=len(items)) as bar:
        for reply in model.complete(requests):
            bar.advance(failed=not reply.ok)

On a terminal this is a bar with rate, time left and failures; elsewhere (a log file, CI) one
plain line at most every ten seconds and one at the end; with ``-q`` nothing.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from truing_core.redact import redact

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as RichProgress

LINE_EVERY_S = 10.0

# Shown as a picture (␛), so that a text of a model or a file cannot steer the terminal.
_PICTURES: dict[int, str] = {
    **{code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n"},
    0x7F: "\u2421",
    **dict.fromkeys(range(0x80, 0xA0), "\ufffd"),
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),  # half an emoji has no encoding
}

_level = 0
_loggers: set[str] = {"truing_core"}


def verbosity() -> int:
    """-1 under ``-q``, 0 by default, 1 under ``-v``, 2 under ``-vv``."""
    return _level


def setup_logging(level: int, *loggers: str) -> None:
    """Sends log records to stderr as short lines, without secrets; may be called again.

    Args:
        level: As :func:`verbosity`. By default warnings show; 1 adds our own notes, 2 our own
            details and the notes of libraries; -1 leaves errors only.
        loggers: Package names that count as our own, besides the core.
    """
    global _level
    _level = max(-1, min(level, 2))
    _loggers.update(loggers)
    root = logging.getLogger()
    if not any(isinstance(handler, _TalkHandler) for handler in root.handlers):
        root.addHandler(_TalkHandler())
    others, own = {
        -1: (logging.ERROR, logging.ERROR),
        0: (logging.WARNING, logging.WARNING),
        1: (logging.WARNING, logging.INFO),
        2: (logging.INFO, logging.DEBUG),
    }[_level]
    root.setLevel(others)
    for name in _loggers:
        logging.getLogger(name).setLevel(own)


@cache
def console() -> Console:
    """The rich console on stderr, made at first use."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def printable(text: str) -> str:
    """Text of others as a terminal may get it: control characters are pictures of themselves.

    Tabs and line ends stay.
    """
    return text.replace("\r\n", "\n").translate(_PICTURES)


def show(text: str) -> None:
    """Writes what a model said to stdout: :func:`printable` on a terminal, else as it is.

    What the stream's encoding lacks, such as half an emoji, is a question mark.
    """
    shown = printable(text) if sys.stdout.isatty() else text
    encoding = sys.stdout.encoding or "utf-8"
    print(shown.encode(encoding, "replace").decode(encoding), flush=True)


def say(text: str) -> None:
    """One plain line on stderr, without secrets; a closed stderr is no reason to fail."""
    with suppress(OSError, ValueError):
        print(printable(redact(text)), file=sys.stderr, flush=True)


def tell(text: str) -> None:
    """:func:`say`, unless ``-q`` asks for errors only."""
    if _level >= 0:
        say(text)


class Progress:
    """How far a stage is; made by :func:`progress`. Safe to advance from several threads."""

    def __init__(self, label: str, total: int | None) -> None:
        self.label, self.total = label, total
        self.done = self.failures = 0
        self._lock = threading.Lock()
        self._started = self._printed = time.monotonic()

    def advance(self, n: int = 1, *, failed: bool = False) -> None:
        """Counts ``n`` more as done, and as failures if they ``failed``."""
        with self._lock:
            self.done += n
            self.failures += n if failed else 0
            self._show()

    def _show(self) -> None: ...

    def _close(self) -> None: ...

    def _rate(self) -> float:
        return self.done / max(time.monotonic() - self._started, 1e-9)

    def _pace(self) -> str:
        parts = [f"{_rate_text(self._rate())}"] if self.done else []
        if self.total and 0 < self.done < self.total:
            parts.append(f"{duration((self.total - self.done) / self._rate())} left")
        if self.failures:
            parts.append(f"{self.failures:,} failed")
        return ", ".join(parts)


class _Lines(Progress):
    def _show(self) -> None:
        now = time.monotonic()
        if now - self._printed < LINE_EVERY_S:
            return
        self._printed = now
        share = f" of {self.total:,} ({self.done / self.total:.0%})" if self.total else ""
        say(f"{self.label}: {self.done:,}{share}, {self._pace()}")

    def _close(self) -> None:
        of = f" of {self.total:,}" if self.total is not None and self.total != self.done else ""
        failed = f", {self.failures:,} failed" if self.failures else ""
        took = duration(time.monotonic() - self._started)
        say(f"{self.label}: {self.done:,}{of} in {took}{failed}")


class _Bar(Progress):
    def __init__(self, label: str, total: int | None) -> None:
        super().__init__(label, total)
        self._bar = _rich_bar()
        self._task = self._bar.add_task(label, total=total, count="0", pace="")
        self._bar.start()

    def _show(self) -> None:
        count = f"{self.done:,}/{self.total:,}" if self.total is not None else f"{self.done:,}"
        self._bar.update(self._task, completed=self.done, count=count, pace=self._pace())

    def _close(self) -> None:
        self._bar.stop()


def _rich_bar() -> RichProgress:
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as RichProgress

    return RichProgress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        TextColumn("{task.fields[count]}", markup=False),
        TimeElapsedColumn(),
        TextColumn("{task.fields[pace]}", markup=False, style="dim"),
        console=console(),
        refresh_per_second=5,
        redirect_stdout=False,
    )


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Progress]:
    """Shows on stderr how far a stage is.

    Args:
        label: The stage's name.
        total: How many units there are; ``None`` if that is unknown.

    Yields:
        A :class:`Progress` to ``advance``.
    """
    kind: type[Progress]
    if _level < 0:
        kind = Progress
    elif sys.stderr.isatty() and console().is_interactive:
        kind = _Bar
    else:
        kind = _Lines
    bar = kind(label, total)
    try:
        yield bar
    finally:
        bar._close()


def duration(seconds: float) -> str:
    """``0.4 s``, ``12 s``, ``3 min 20 s``, ``2 h 05 min``."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def _rate_text(per_second: float) -> str:
    if per_second >= 10:
        return f"{per_second:,.0f}/s"
    return f"{per_second:.1f}/s" if per_second >= 0.1 else f"{per_second * 60:.1f}/min"


class _TalkHandler(logging.Handler):
    """Resolves stderr at each record, so that redirections and live bars are respected."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text: Any = record.getMessage()
            if record.exc_info and _level > 0:
                text += "\n" + logging.Formatter().formatException(record.exc_info)
            prefix = "" if record.levelno == logging.INFO else f"{record.levelname.lower()}: "
            say(f"{prefix}{text}")
        except Exception:
            self.handleError(record)
