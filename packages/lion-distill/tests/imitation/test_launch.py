"""Processes of a launcher: what they say, how they end."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from lion_distill.imitation.launch import launch
from truing_core.errors import TruingError, UsageError

ARGUMENTS = ["train", "--config", "training.yaml"]


def script(text):
    """A launcher that is a little Python program; what it is given stands in ``sys.argv``."""
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(textwrap.dedent(text))}"


def test_what_is_run_and_heard(capfd):
    launch(script("import sys; print(sys.argv[1:]); print('two', file=sys.stderr)"), ARGUMENTS)
    said = capfd.readouterr()
    assert "['-m', 'lion_distill', 'train', '--config', 'training.yaml']" in said.err
    assert "two" in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import sys; print('error: no memory'); print('and more'); sys.exit(3)",
         r"the training failed \(exit code 3\): no memory"),
        ("raise ValueError('odd')", r"\(exit code 1\): ValueError: odd"),
        ("import sys; print('50%\\rhalf', end=''); sys.exit(1)", r"\(exit code 1\): half"),
        ("import sys; sys.exit(4)", r"\(exit code 4\): it said nothing"),
        ("import os; os.kill(os.getpid(), 9)", r"\(exit code -9\)"),
    ],
)  # fmt: skip
def test_the_last_error_is_the_message(text, said):
    with pytest.raises(TruingError, match=said):
        launch(script(text), ARGUMENTS)


def test_no_such_launcher():
    with pytest.raises(UsageError, match="--launcher: 'no-such-command' cannot be run"):
        launch("no-such-command --fast", ARGUMENTS)
    with pytest.raises(UsageError, match="--launcher is empty"):
        launch("  ", ARGUMENTS)
    with pytest.raises(UsageError, match="is no command: No closing quotation"):
        launch("accelerate 'launch", ARGUMENTS)


@pytest.mark.parametrize("end", ["sys.exit(130)", "os.kill(os.getpid(), signal.SIGINT)"])
def test_interrupted_there(end, interruptible):
    with pytest.raises(KeyboardInterrupt):
        launch(script(f"import os, signal, sys; {end}; import time; time.sleep(5)"), ARGUMENTS)


def test_interrupted_here(interruptible, tmp_path):
    done = tmp_path / "done"
    child = script(
        f"""
        import time
        try:
            print("ready", flush=True)
            time.sleep(60)
        except KeyboardInterrupt:
            open({str(done)!r}, "w").close()
        """
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", "import sys; from lion_distill.imitation.launch import launch; "
         "launch(sys.argv[1], [])", child],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert parent.stderr is not None
    with parent.stderr:
        assert parent.stderr.readline() == "ready\n"
        time.sleep(0.2)
        os.kill(parent.pid, signal.SIGINT)  # the parent alone, unlike a terminal's Ctrl-C
        rest = parent.stderr.read()
    assert parent.wait(10) != 0
    assert "KeyboardInterrupt" in rest
    assert done.exists()


def test_a_training_does_not_outlive_a_killed_parent(tmp_path):
    beats = tmp_path / "beats"
    child = script(
        f"""
        import time
        for step in range(600):
            print(step, flush=True)
            open({str(beats)!r}, "a").write("x")
            time.sleep(0.05)
        """
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", "import sys; from lion_distill.imitation.launch import launch; "
         "launch(sys.argv[1], [])", child],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while not beats.exists() and parent.poll() is None:
        time.sleep(0.01)
    parent.kill()
    parent.wait()
    time.sleep(1.0)
    after = beats.stat().st_size
    time.sleep(0.5)
    assert beats.stat().st_size == after < 600
