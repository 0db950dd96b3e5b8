"""What a demo does: its steps, their commands, and what came of them."""

from __future__ import annotations

import shlex
import tomllib
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("steps.toml")


@dataclass(frozen=True, slots=True)
class Command:
    """A line to run; with ``question``, a server to start, to ask and to end."""

    line: str
    question: str | None = None

    def resolved(self, folder: Path) -> list[str]:
        """Its words, with the newest folder for a word with ``*``.

        Raises:
            FileNotFoundError: There is none.
        """
        words = shlex.split(self.line)
        for place, word in enumerate(words):
            if "*" in word:
                found = sorted(folder.glob(word))
                if not found:
                    raise FileNotFoundError(f"there is no {word} in {folder}")
                words[place] = found[-1].relative_to(folder).as_posix()
        return words


@dataclass(frozen=True, slots=True)
class Step:
    tool: str
    about: str
    commands: tuple[Command, ...]
    report: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a command.

    Attributes:
        line: As it was run.
        seconds: It took.
        tail: The last of what it printed.
    """

    line: str
    seconds: float
    tail: list[str]


def read_steps(file: Path = FILE) -> list[Step]:
    """The steps of a file, in order."""
    steps = []
    for each in tomllib.loads(file.read_text("utf-8"))["step"]:
        commands = tuple(
            Command(one) if isinstance(one, str) else Command(one["serve"], one["ask"])
            for one in each["run"]
        )
        steps.append(Step(each["tool"], each["about"], commands, each["report"]))
    return steps
