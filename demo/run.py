"""One pass through the five tools: web pages become data, the data a model, the model a score.

    python demo/run.py [FOLDER] [--list]

Runs the commands of steps.toml, one after the other, in FOLDER (demo-run), and shows what they
print. FOLDER/index.html links the five reports and tells each command, its seconds and its last
lines; it is written anew after every command. The same call goes on where an earlier one stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from page import write_index
from serving import ask, serving
from steps import Command, Outcome, Step, read_steps

HERE = Path(__file__).parent
MATERIAL = ("pages", "questions.jsonl", "pairs.jsonl", "edits.jsonl")
DONE = "done.json"
INTERRUPTED = 130


class Demo:
    """A folder in which the steps are done.

    Args:
        folder: Made if it is not there; the material is copied into it.
        steps: What is to be done.
    """

    def __init__(self, folder: Path, steps: list[Step]) -> None:
        self.folder, self.steps = folder, steps
        folder.mkdir(parents=True, exist_ok=True)
        for name in MATERIAL:
            if not (folder / name).exists():
                copy: Callable[..., object] = (
                    shutil.copytree if (HERE / name).is_dir() else shutil.copyfile
                )
                copy(HERE / name, folder / name)
        (folder / "logs").mkdir(exist_ok=True)

    def done(self) -> dict[str, Outcome]:
        """The outcome of each command that ended well, by its line in steps.toml."""
        file = self.folder / DONE
        if not file.exists():
            return {}
        return {line: Outcome(**facts) for line, facts in json.loads(file.read_text()).items()}

    def run(self) -> int:
        """Does what is not done.

        Returns:
            0, or the exit status of the command that failed.
        """
        done, number = self.done(), 0
        for step in self.steps:
            print(f"\n== {step.tool}: {step.about}", flush=True)
            for command in step.commands:
                number += 1
                if command.line in done:
                    print(f"done before: {done[command.line].line}", flush=True)
                    continue
                log = self.folder / "logs" / f"{number:02d}-{step.tool}.txt"
                status, outcome = self._do(command, log)
                if status:
                    print(f"failed with {status}: {outcome.line}; the same call goes on from here")
                    return status
                done[command.line] = outcome
                facts = {line: asdict(one) for line, one in done.items()}
                (self.folder / f"{DONE}.new").write_text(json.dumps(facts, indent=1))
                (self.folder / f"{DONE}.new").replace(self.folder / DONE)
                write_index(self.folder, self.steps, done)
        seconds = sum(one.seconds for one in done.values())
        print(f"\nall done in {seconds / 60:.0f} min; look at {self.folder / 'index.html'}")
        return 0

    def _do(self, command: Command, log: Path) -> tuple[int, Outcome]:
        words = command.resolved(self.folder)
        line = shlex.join(words)
        print(f"\n$ {line}", flush=True)
        start = time.monotonic()
        log.unlink(missing_ok=True)
        with log.open("a", encoding="utf-8") as file:  # a server writes to it, too
            file.write(f"$ {line}\n")
            file.flush()
            if command.question is None:
                status = follow(words, self.folder, file)
            else:
                status = self._ask(words, command.question, file)
        tail = readable(log.read_text("utf-8"))[1:]
        return status, Outcome(line, time.monotonic() - start, tail[-30:])

    def _ask(self, words: list[str], question: str, log: TextIO) -> int:
        """Starts a server, asks it, shows the request as curl makes it, and ends it."""
        with serving(words, self.folder, log.name) as url:
            curl, answer = ask(url, question)
        said = f"$ {curl}\n{answer}\n"
        print(said, end="", flush=True)
        log.write(said)
        return 0


def follow(words: list[str], folder: Path, log: TextIO) -> int:
    """Runs a command, shows what it says while it says it, and keeps it in the log."""
    environment = {**os.environ, "COLUMNS": "100", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        words,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            log.write(line)
    return process.returncode


def readable(text: str) -> list[str]:
    """The lines of a terminal's text, without progress bars that were drawn over."""
    lines = (line.rpartition("\r")[2].rstrip() for line in text.split("\n"))
    return [line for line in lines if line and "it/s]" not in line and "s/it]" not in line
            and "examples/s]" not in line]  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("demo-run"))
    parser.add_argument("--list", action="store_true", help="print the commands, and run none")
    options = parser.parse_args()
    steps = read_steps()
    if options.list:
        for step in steps:
            print(f"# {step.tool}", *(command.line for command in step.commands), sep="\n")
        return 0
    try:
        return Demo(options.folder.resolve(), steps).run()
    except KeyboardInterrupt:
        print("stopped; the same call goes on from here", file=sys.stderr)
        return INTERRUPTED
    except (OSError, RuntimeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
