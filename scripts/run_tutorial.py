"""Run the commands of a tutorial that are marked for it, in a folder of their own.

python scripts/run_tutorial.py docs/lte-edit.md [FOLDER]

A comment on the line before a block says what the block is for:

<!-- file: pairs.jsonl -->   it is the content of this file
<!-- run -->                 its `$` lines are run, one after the other, as a shell runs them

`pip` lines are passed over: what a tutorial installs is there already. The first command that fails
ends the run, with what it printed.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from docs_commands import typed

_MARKED = re.compile(
    r"^<!-- (?:file: (?P<file>[\w.-]+)|run) -->\n+(?P<block>```\w*\n(?P<text>.*?)^```)",
    re.MULTILINE | re.DOTALL,
)
LIMIT = 900
"""Seconds a command may take."""


def steps(text: str) -> Iterator[tuple[str, str]]:
    """What to do, in order: `("file NAME", content)` or `("run", command)`.

    Raises:
        ValueError: A mark has no block below it.
    """
    found = list(_MARKED.finditer(text))
    marks = re.findall(r"^<!-- (?:file: .*|run) -->$", text, re.MULTILINE)
    if len(found) != len(marks):
        raise ValueError("a mark stands before no block, or names no plain file")
    for each in found:
        if each["file"]:
            yield f"file {each['file']}", each["text"]
            continue
        for _, command in typed(each["block"]):
            if not command.startswith("pip "):
                yield "run", command


def run(text: str, folder: Path) -> int:
    """Does the steps in a folder.

    Returns:
        How many commands ran.

    Raises:
        ValueError: There is nothing to run, or a command fails or does not end.
    """
    ran = 0
    for kind, content in steps(text):
        if kind != "run":
            (folder / kind.removeprefix("file ")).write_text(content, "utf-8")
            continue
        print(f"$ {content}", flush=True)
        started = time.monotonic()
        try:
            # Written for a shell: its lines have pipes, quotes and `&&`. They are our own.
            done = subprocess.run(
                content, shell=True, cwd=folder, capture_output=True, text=True, timeout=LIMIT
            )
        except subprocess.TimeoutExpired:
            raise ValueError(f"`{content}` did not end within {LIMIT} s") from None
        print(done.stdout + done.stderr, end="")
        print(f"({time.monotonic() - started:.1f} s)", flush=True)
        if done.returncode:
            raise ValueError(f"`{content}` ended with {done.returncode}")
        ran += 1
    if not ran:
        raise ValueError("no command is marked to be run")
    return ran


def main(arguments: list[str]) -> int:
    page = Path(arguments[0])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(arguments[1] if len(arguments) > 1 else name)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            ran = run(page.read_text("utf-8"), folder)
        except ValueError as error:
            print(f"{page}: {error}", file=sys.stderr)
            return 1
    print(f"{page}: {ran} commands ran")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
