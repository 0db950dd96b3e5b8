"""Run the examples of a tool's README, its tutorial and its part of the first page, as they stand.

python scripts/examples.py bmc-dpo                         # all three pages
python scripts/examples.py bmc-dpo docs/bmc-dpo.md         # this page
python scripts/examples.py bmc-dpo --folder DIR            # and keep what they made
python scripts/examples.py bmc-dpo --own-demo              # `demo` is the real one

Each page is pasted from top to bottom into an empty folder, but for the files of example_world.
Models of the hub are tiny, behind openai/NAME stands a server on this machine, pip finds what is
installed and fetches nothing. The first command of a page that fails ends the page.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from example_blocks import Step, replaced, steps
from example_world import MODELS, data_folder, fill_cache, write_inputs
from workspace import ROOT, packages

LIMIT = 600
"""Seconds a command may take."""
STARTING = 120
"""Seconds until a command in the background must be ready."""
ENDING = 30
_OFFICIAL = ("--data official", "data=official", "path/to/FollowBench")


@dataclass
class Place:
    """Where a page is run, and with what.

    Attributes:
        folder: The working folder of its commands.
        environment: Their variables.
        rules: examples.yaml.
        instead: What is replaced in commands, programs and files.
    """

    folder: Path
    environment: Mapping[str, str]
    rules: Mapping[str, Any]
    instead: Mapping[str, str]


@dataclass
class Count:
    """What became of the examples."""

    commands: int = 0
    programs: int = 0
    left_out: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def pages_of(tool: str, root: Path = ROOT) -> dict[Path, str]:
    """The pages with a tool's examples; of the first page, the heading they stand under."""
    return {
        root / "README.md": tool,
        root / "packages" / tool / "README.md": "",
        root / "docs" / f"{tool}.md": "",
    }


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
    if any(each in content for each in _OFFICIAL) and data_folder() is None:
        count.left_out.append(f"`{step.content}`: TRUING_TEST_DATA names no official data")
        return
    print(f"$ {content}" if step.kind == "command" else f"# line {step.line}, Python", flush=True)
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
    print(f"({time.monotonic() - started:.1f} s)", flush=True)


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
    (place.folder / ".said").write_text(done.stdout, "utf-8")


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


@contextmanager
def stand_in() -> Iterator[str]:
    """A server in place of a model, as a process of its own; its address."""
    script = Path(__file__).with_name("example_answers.py")
    process = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def environment_for(server: str, home: Path, port: int, demo: Path | None) -> dict[str, str]:
    """A reader's environment: a key, models in the cache; and nothing to be fetched."""
    bins = str(Path(sys.executable).parent)
    found = {
        **os.environ,
        "PATH": os.pathsep.join([bins, os.environ["PATH"]]),
        "COLUMNS": "120",
        "HF_HOME": str(home),
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "INSPECT_DISPLAY": "plain",
        "LTE_EDIT_PORT": str(port),
        "OPENAI_API_KEY": "stand-in",
        "OPENAI_BASE_URL": server,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_DRY_RUN": "1",
        "PIP_NO_INDEX": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "WANDB_MODE": "disabled",
    }
    return found if demo is None else {**found, "TRUING_DEMO_DIR": str(demo)}


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "tool",
        choices=[each.name for each in packages() if (ROOT / "docs" / f"{each.name}.md").is_file()],
    )
    parser.add_argument("page", nargs="*", type=Path, help="of the tool's pages, these alone")
    parser.add_argument("--folder", type=Path, help="where what they make is kept")
    parser.add_argument("--own-demo", action="store_true", help="no tiny model in place of `demo`")
    options = parser.parse_args(arguments)
    rules = yaml.safe_load((Path(__file__).with_suffix(".yaml")).read_text("utf-8"))
    wanted = {page.resolve() for page in options.page}
    count, started = Count(), time.monotonic()
    with ExitStack() as stack:
        server = stack.enter_context(stand_in())
        top = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        top = top.resolve()
        home, port = top / "huggingface", free_port()
        made = fill_cache(home, data_folder())
        demo = None if options.own_demo else made[MODELS[0]]
        instead = {
            old: new.format(server=server, port=port)
            for old, new in rules["instead"].get(options.tool, {}).items()
        }
        print(f"prepared in {time.monotonic() - started:.1f} s", flush=True)
        for page, under in pages_of(options.tool).items():
            if wanted and page not in wanted:
                continue
            name = page.relative_to(ROOT)
            folder = top / str(name).replace(os.sep, "-").removesuffix(".md")
            folder.mkdir(parents=True)
            write_inputs(folder, data_folder())
            print(f"== {name}", flush=True)
            environment = environment_for(server, home, port, demo)
            try:
                run_page(
                    page.read_text("utf-8"),
                    under,
                    Place(folder, environment, rules, instead),
                    count,
                )
            except ValueError as error:
                print(error, flush=True)
                count.failed.append(str(name))
    for reason in count.left_out:
        print(f"not run: {reason}")
    print(
        f"{options.tool}: {count.commands} commands and {count.programs} programs ran in "
        f"{time.monotonic() - started:.0f} s, {len(count.left_out)} blocks not run"
    )
    if count.failed:
        print(f"failed: {', '.join(count.failed)}", file=sys.stderr)
    return int(bool(count.failed))


if __name__ == "__main__":
    sys.exit(main())
