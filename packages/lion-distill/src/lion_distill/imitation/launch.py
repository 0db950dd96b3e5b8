"""A training in processes of its own, such as ``accelerate launch`` starts."""

from __future__ import annotations

import codecs
import os
import shlex
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Sequence

from truing_core.errors import TruingError, UsageError

_LAST_LINES = 200
_GRACE_S = 30.0
_INTERRUPTED = (130, -signal.SIGINT)
_ERROR = "error: "


def launch(launcher: str, arguments: Sequence[str]) -> None:
    """Runs ``LAUNCHER -m lion_distill ARGUMENTS`` to its end; what it says goes to stderr.

    Args:
        launcher: A command, as in a shell.
        arguments: Of ``lion-distill``.

    Raises:
        UsageError: There is no such command.
        TruingError: It failed; the message is its last error.
        KeyboardInterrupt: Ctrl-C, here or there.
    """
    command = [*_words(launcher), "-m", "lion_distill", *arguments]
    try:
        # If this process is killed, the next line the child writes into the pipe ends it, too.
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except OSError as error:
        raise UsageError(f"--launcher: '{command[0]}' cannot be run: {error.strerror}") from None
    try:
        said = _passed_on(child)
        code = child.wait()
    except BaseException:
        _end(child)
        raise
    if code in _INTERRUPTED:
        raise KeyboardInterrupt
    if code:
        raise TruingError(f"the training failed (exit code {code}): {_last_error(said)}")


def _words(launcher: str) -> list[str]:
    try:
        words = shlex.split(launcher)
    except ValueError as error:
        raise UsageError(f"--launcher: '{launcher}' is no command: {error}") from None
    if not words:
        raise UsageError("--launcher is empty; expected a command such as 'accelerate launch'")
    return words


def _passed_on(child: subprocess.Popen[bytes]) -> deque[str]:
    """Shows what a process says while it says it, and keeps the end of it."""
    assert child.stdout is not None
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    lines: deque[str] = deque(maxlen=_LAST_LINES)
    rest = ""
    with child.stdout as stream:
        while piece := os.read(stream.fileno(), 65_536):
            text = decoder.decode(piece)
            sys.stderr.write(text)
            sys.stderr.flush()
            *whole, rest = (rest + text).replace("\r", "\n").split("\n")
            lines.extend(line for line in whole if line.strip())
    if rest.strip():
        lines.append(rest)
    return lines


def _last_error(lines: Sequence[str]) -> str:
    """What our own command said, or else the last line."""
    for line in reversed(lines):
        if line.startswith(_ERROR):
            return line.removeprefix(_ERROR).strip()
    return lines[-1].strip() if lines else "it said nothing"


def _end(child: subprocess.Popen[bytes]) -> None:
    """Lets a process save what it can; a terminal's Ctrl-C has reached it already."""
    try:
        child.wait(1.0)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGINT)
        try:
            child.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
