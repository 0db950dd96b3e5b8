"""The command in this process and in one of its own, a few pairs, and an editor for them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bmc_dpo.cli import app

if TYPE_CHECKING:
    from truing_core.testing.server import ChatServer


@pytest.fixture
def command(command_line: Callable[..., Any]) -> Callable[..., Any]:
    """Runs ``bmc-dpo bridge …`` in this process, from an empty folder."""
    return command_line(app, "bmc-dpo", "bridge")


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts ``bmc-dpo bridge …`` as a process of its own, from an empty folder."""
    started: list[subprocess.Popen[str]] = []

    def start(*args: object) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [sys.executable, "-m", "bmc_dpo", "bridge", *(str(arg) for arg in args)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
        )
        started.append(child)
        return child

    yield start
    for child in started:
        child.kill()
        child.communicate()


def _sum_pair(n: int, **others: Any) -> dict[str, Any]:
    """A pair about n + 2 whose losing side has one wrong step."""
    return {
        "prompt": f"Sum {n}: what is {n} + 2?",
        "chosen": f"Counting two on from {n}, one arrives at {n + 2}.\nThe answer is {n + 2}",
        "rejected": f"We add 2 to {n} and get {n + 7}.\nThe answer is {n + 7}",
        **others,
    }


@pytest.fixture
def sum_pair() -> Callable[..., dict[str, Any]]:
    """Makes the pair about a number."""
    return _sum_pair


@pytest.fixture
def mended() -> Callable[[int], str]:
    """The losing side of a number's pair, mended."""
    return lambda n: f"We add 2 to {n} and get {n + 2}.\nThe answer is {n + 2}"


@pytest.fixture
def write_pairs(tmp_path: Path) -> Callable[..., Path]:
    """Writes rows (by default so many sums) as JSON Lines."""

    def write(rows: int | list[dict[str, Any]] = 4, name: str = "prefs.jsonl") -> Path:
        rows = [_sum_pair(n) for n in range(1, rows + 1)] if isinstance(rows, int) else rows
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        return path

    return write


@dataclass
class Editor:
    """An editor behind a server: mends sums, or says what it is told to.

    Attributes:
        server: Counts what it is asked.
        says: By a text in the task, what it replies at each attempt; ``MARK`` stands for the
            mark, ``None`` for the right thing.
    """

    says: dict[str, list[Any]] = field(default_factory=dict)
    server: ChatServer = None  # type: ignore[assignment]

    @property
    def spec(self) -> str:
        return f"openai/editor@{self.server.url}"

    def reply(self, body: Mapping[str, Any]) -> Any:
        first = body["messages"][0]["content"]
        mark = re.findall(r"<task-(\w+)>", first)[-1]
        task = between("task", mark, first)
        attempt = len(body["messages"]) // 2
        for part, replies in self.says.items():
            if part in task:
                said = replies[min(attempt, len(replies) - 1)]
                if isinstance(said, dict):
                    return {**said, "content": said["content"].replace("MARK", mark)}
                if said is not None:
                    return said.replace("MARK", mark)
        n = int(re.search(r"what is (\d+)", task)[1])  # type: ignore[index]
        text = between("weak-answer", mark, first).replace(str(n + 7), str(n + 2))
        return f"<mended-{mark}>\n{text}\n</mended-{mark}>"

    def talks(self, part: str) -> list[list[dict[str, str]]]:
        """The conversations about tasks with a text in them, in order of arrival."""
        return [body["messages"] for body in self.server.bodies
                if part in body["messages"][0]["content"]]  # fmt: skip


def between(tag: str, mark: str, text: str) -> str:
    """What stands between the last pair of tags."""
    return re.findall(rf"<{tag}-{mark}>\n(.*?)\n</{tag}-{mark}>", text, re.DOTALL)[-1]


@pytest.fixture
def hire(chat_server: Callable[..., ChatServer]) -> Callable[..., Editor]:
    """A factory: ``hire({"Sum 1": ["…"]}, faults=…)`` gives an editor behind a server."""

    def start(says: dict[str, list[Any]] | None = None, **options: Any) -> Editor:
        editor = Editor(says or {})
        editor.server = chat_server(reply=editor.reply, **options)
        return editor

    return start


@pytest.fixture
def rows() -> Callable[[Path], list[dict[str, Any]]]:
    """Reads a Parquet or JSON Lines file."""
    from truing_core.records import read_rows

    return lambda path: [row for _, row in read_rows(path)]
