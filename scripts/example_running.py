"""Do the steps of one page in one folder: each command as a shell runs it, servers beside it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from example_blocks import Step, replaced, steps

LIMIT = 600
"""Seconds a command may take."""
STARTING = 120
"""Seconds until a command in the background must be ready."""
ENDING = 30


@dataclass
class Place:
    """Where a page is run, and with what.

    Attributes:
        folder: The working folder of its commands.
        environment: Their variables.
        rules: examples.yaml.
        instead: What is replaced in commands, programs and files.
        tell: Hears each command, and how long it took.
    """

    folder: Path
    environment: Mapping[str, str]
    rules: Mapping[str, Any]
    instead: Mapping[str, str]
    tell: Callable[[str], None] = print


@dataclass
class Count:
    """What became of the examples."""

    commands: int = 0
    programs: int = 0
    left_out: list[str] = field(default_factory=list)


def run_page(text: str, under: str, place: Place, count: Count) -> None:
    """Does a page's steps.

    Raises:
        ValueError: A command fails, or does not end in time; the page cannot be read.
    """
    with ExitStack() as section:
        for step in steps(text, under=under):
            if step.kind == "section":
                section.close()
            elif step.kind == "left out":
                count.left_out.append(step.content)
            elif step.kind == "file":
                content = replaced(step.content, place.instead)
                (place.folder / step.name).write_text(content, "utf-8")
            else:
                _do(step, place, section, count)


def _do(step: Step, place: Place, section: ExitStack, count: Count) -> None:
    content = replaced(step.content, place.instead)
    place.tell(f"$ {content}" if step.kind == "command" else f"# line {step.line}, Python")
    started = time.monotonic()
    if step.kind == "python":
        _finish([sys.executable, "-c", content], place, "")
        count.programs += 1
    else:
        ready = [said for part, said in place.rules["background"].items() if part in content]
        if ready:
            section.close()  # what ran before it may have its port
            section.enter_context(_beside(content, place, ready[0]))
        else:
            typed = [text for part, text in place.rules["typed"].items() if part in content]
            _finish(["bash", "-c", content], place, "".join(typed))
        count.commands += 1
    place.tell(f"({time.monotonic() - started:.1f} s)")


def _finish(command: list[str], place: Place, typed: str) -> None:
    try:
        done = subprocess.run(
            command, cwd=place.folder, env=place.environment, input=typed, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise ValueError(f"it did not end within {LIMIT} s") from None
    if done.returncode or "Traceback (most recent" in done.stdout:
        raise ValueError(f"it ended with {done.returncode}:\n{done.stdout}")


@contextmanager
def _beside(command: str, place: Place, ready: str) -> Iterator[None]:
    """Runs a command in the background, and ends it as Ctrl-C does."""
    said = place.folder / ".said-beside"
    with said.open("wb") as file:
        process = subprocess.Popen(
            ["bash", "-c", f"exec {command}"], cwd=place.folder,
            env={**place.environment, "TTY_COMPATIBLE": "1"},  # what it shows is shown at once
            stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        limit = time.monotonic() + STARTING
        while ready not in said.read_text("utf-8"):
            if process.poll() is not None or time.monotonic() > limit:
                raise ValueError(f"it was not ready:\n{said.read_text('utf-8')}")
            time.sleep(0.1)
        yield
        process.send_signal(signal.SIGINT)
        try:
            code = process.wait(ENDING)
        except subprocess.TimeoutExpired:
            raise ValueError(f"`{command}` did not end within {ENDING} s of Ctrl-C") from None
        if code not in (0, 130, -signal.SIGINT) or "Traceback" in said.read_text("utf-8"):
            raise ValueError(f"`{command}` ended with {code}:\n{said.read_text('utf-8')}")
    finally:
        process.kill()
        process.wait()
