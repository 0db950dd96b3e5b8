"""A command as a process of its own: signals, pipes, full disks, completion."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCRIPT = """
import sys, time
import typer
from truing_core.cli import emit_json, make_app, run_app
app = make_app("sample-tool", "Shows the shared habits.", "1.2.3")
@app.command()
def sleep() -> None:
    print("ready", file=sys.stderr, flush=True)
    time.sleep(60)
@app.command()
def flood() -> None:
    for number in range(200_000):
        print(number)
@app.command()
def show() -> None:
    emit_json({"a": "x" * 10_000})
run_app(app, "sample-tool")
"""


@pytest.fixture
def script(tmp_path: Path) -> list[str]:
    (tmp_path / "sample_tool.py").write_text(SCRIPT)
    return [sys.executable, str(tmp_path / "sample_tool.py")]


@pytest.mark.skipif(os.name != "posix", reason="POSIX signals")
@pytest.mark.usefixtures("interruptible")
def test_control_c_ends_with_130_and_one_line(script: list[str]) -> None:
    with subprocess.Popen([*script, "sleep"], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "ready\n"
        time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 130
    assert rest == "interrupted; the same command goes on where this stopped\n"


@pytest.mark.skipif(os.name != "posix", reason="POSIX pipes")
def test_a_reader_that_leaves_early_is_no_error(script: list[str]) -> None:
    with subprocess.Popen(
        [*script, "flood"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "0\n"
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_stdout(script: list[str]) -> None:
    for command in ("show", "flood"):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [*script, command], stdout=full, stderr=subprocess.PIPE, text=True, check=False
            )
        assert done.returncode == 1
        assert done.stderr == (
            "error: no space left on device; free some, then run the same command again\n"
        )


def test_completion_knows_the_commands(script: list[str]) -> None:
    env = {
        **os.environ,
        "_SAMPLE_TOOL_COMPLETE": "complete_bash",
        "COMP_WORDS": "sample-tool fl",
        "COMP_CWORD": "1",
    }
    done = subprocess.run(script, env=env, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["flood"]
