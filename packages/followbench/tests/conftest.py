"""The command in this process and in one of its own, a small benchmark, and models for it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from followbench.cli import app

if TYPE_CHECKING:
    from truing_core.testing.commands import Outcome
    from truing_core.testing.server import ChatServer

CRITERIA = {2: "It is kind.", 4: "It is wise."}
CHECKS = {
    1: {"type": "includes", "keywords": ["tea"]},
    3: {"type": "words", "max": 8},
    5: {"type": "excludes", "keywords": ["boil"]},
}


@pytest.fixture(autouse=True)
def _nobodys_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("FOLLOWBENCH_", "OPENAI_")):
            monkeypatch.delenv(name)


@pytest.fixture
def command(command_line: Callable[..., Any]) -> Callable[..., Any]:
    """Runs ``followbench …`` in this process, from an empty folder."""
    return command_line(app, "followbench")


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts ``followbench …`` as a process of its own, from an empty folder."""
    started: list[subprocess.Popen[str]] = []

    def start(*args: object, wrapped: tuple[str, ...] = (), **env: str) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [*wrapped, sys.executable, "-m", "followbench", *(str(arg) for arg in args)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env={**os.environ, **env},
        )
        started.append(child)
        return child

    yield start
    for child in started:
        child.kill()
        child.communicate()


@pytest.fixture
def write_garden(tmp_path: Path) -> Callable[..., Path]:
    """Writes a benchmark; each group asks for tea, kindness, brevity, wisdom and no boiling."""

    def write(name: str = "garden.jsonl", **groups: str) -> Path:
        rows = []
        for group_id, category in (groups or GARDEN).items():
            levels = []
            for n in range(1, 6):
                level: dict[str, Any] = {"instruction": f"[{group_id}] level {n}"}
                level |= {"criterion": CRITERIA[n]} if n in CRITERIA else {"check": CHECKS[n]}
                levels.append(level)
            rows.append(
                {
                    "id": group_id,
                    "category": category,
                    "lang": "en",
                    "instruction": f"[{group_id}] base",
                    "levels": levels,
                }
            )
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path

    return write


GARDEN = {"c1": "content", "c2": "content", "s1": "style", "s2": "style"}
ITEMS, JUDGED = 20, 16


@pytest.fixture
def garden(write_garden: Callable[..., Path]) -> Path:
    """Four groups: 20 items, of which 16 want a judge."""
    return write_garden()


@dataclass
class Staff:
    """A tested model and a judge behind one server.

    Attributes:
        server: Counts what it is asked.
        answers: The tested model's answer by prompt.
        judgements: The judge's words by the prompt that is judged, in place of fair ones.
    """

    answers: dict[str, str] = field(
        default_factory=lambda: {
            "[c2] level 5": "Boil the tea.",
            "[s1] level 1": "Coffee.",
            **{f"[s1] level {n}": "Silly tea." for n in range(2, 6)},
        }
    )
    judgements: dict[str, str] = field(default_factory=dict)
    server: ChatServer = None  # type: ignore[assignment]

    @property
    def model(self) -> str:
        return f"openai/model@{self.server.url}"

    @property
    def judge(self) -> str:
        return f"openai/judge@{self.server.url}"

    def reply(self, body: Mapping[str, Any]) -> str:
        prompt = body["messages"][0]["content"]
        if body["model"] == "model":
            return self.answers.get(prompt, "Green tea for you.")
        asked = re.findall(r"\[\w+\] level \d", prompt)[-1]
        if asked in self.judgements:
            return self.judgements[asked]
        n = 1 if int(asked[-1]) < 4 else 2
        wise = "NO" if "Silly" in prompt else "YES"
        return json.dumps({"reasons": ["…"] * n, "verdicts": ["YES", wise][:n]})

    def asked_of(self, model: str) -> list[str]:
        """The prompts that a model was asked, in order of arrival."""
        return [
            body["messages"][-1]["content"] for body in self.server.bodies if body["model"] == model
        ]


@pytest.fixture
def staff(chat_server: Callable[..., ChatServer]) -> Callable[..., Staff]:
    """A factory: ``staff(faults=…, answers=…)`` gives a model and a judge behind one server."""

    def hire(
        answers: dict[str, str] | None = None,
        judgements: dict[str, str] | None = None,
        **options: Any,
    ) -> Staff:
        people = Staff()
        people.answers |= answers or {}
        people.judgements |= judgements or {}
        people.server = chat_server(reply=people.reply, **options)
        return people

    return hire


@pytest.fixture
def rows() -> Callable[[Path], list[dict[str, Any]]]:
    """Reads a JSON Lines file."""

    def read(path: Path) -> list[dict[str, Any]]:
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]

    return read


@pytest.fixture
def refused() -> Callable[..., None]:
    """``refused(result, …)``: the command said one sentence with these parts, and nothing else."""

    def check(result: Outcome, *parts: str) -> None:
        assert (result.code, result.out) == (1, "")
        assert result.err.startswith("error: ")
        assert result.err.count("\n") == 1
        for part in parts:
            assert part in result.err

    return check
