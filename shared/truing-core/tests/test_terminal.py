from __future__ import annotations

import contextlib
import io
import logging
import os
import subprocess
import sys
import threading
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truing_core import terminal
from truing_core.terminal import (
    console,
    duration,
    printable,
    progress,
    say,
    setup_logging,
    show,
    tell,
    verbosity,
)


@pytest.fixture(autouse=True)
def _default_verbosity() -> None:
    setup_logging(0)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (200, "3 min 20 s"),
        (3599.6, "1 h 00 min"),
        (7500, "2 h 05 min"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_progress_away_from_a_terminal_is_one_closing_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with progress("generate", 3) as bar:
        bar.advance()
        bar.advance(2)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "generate: 3 in 0.0 s\n"


def test_progress_lines_say_share_rate_rest_and_failures(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "LINE_EVERY_S", 0.0)
    with progress("judge", 2000) as bar:
        bar.advance(500, failed=True)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("judge: 500 of 2,000 (25%), ")
    assert "/s, " in lines[0]
    assert lines[0].endswith(" left, 500 failed")
    assert lines[1].startswith("judge: 500 of 2,000 in ")
    assert lines[1].endswith(" s, 500 failed")


def test_progress_without_a_total(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "LINE_EVERY_S", 0.0)
    with progress("read") as bar:
        bar.advance(1200)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("read: 1,200, ")
    assert "left" not in lines[0]
    assert lines[1].startswith("read: 1,200 in ")


def test_progress_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("read", 0):
        pass
    assert capsys.readouterr().err == "read: 0 in 0.0 s\n"


def test_lines_come_at_most_every_ten_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    assert terminal.LINE_EVERY_S == 10.0
    with progress("generate", 1000) as bar:
        for _ in range(1000):
            bar.advance()
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_quiet_progress_says_nothing_but_counts(capsys: pytest.CaptureFixture[str]) -> None:
    setup_logging(-1)
    with progress("generate", 3) as bar:
        bar.advance(2, failed=True)
        assert (bar.done, bar.failures) == (2, 2)
    assert capsys.readouterr().err == ""


def test_the_closing_line_comes_after_an_error_too(capsys: pytest.CaptureFixture[str]) -> None:
    def stop_early() -> None:
        with progress("generate", 3) as bar:
            bar.advance()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stop_early()
    assert capsys.readouterr().err == "generate: 1 of 3 in 0.0 s\n"


def test_threads_may_advance_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("generate", 8000) as bar:

        def work() -> None:
            for turn in range(1000):
                bar.advance(failed=turn % 10 == 0)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (bar.done, bar.failures) == (8000, 800)
    assert capsys.readouterr().err.startswith("generate: 8,000 in ")


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("total", [3, None])
def test_a_terminal_gets_a_bar_on_stderr(total: int | None) -> None:
    import pty

    script = (
        "from truing_core.terminal import progress, say\n"
        f"with progress('generate', {total}) as bar:\n"
        "    bar.advance(2)\n"
        "    say('a remark')\n"
        "    bar.advance(1, failed=True)\n"
        "print('data')\n"
    )
    master, slave = pty.openpty()
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=slave, text=True, env=env
    ) as process:
        os.close(slave)
        shown = b""
        with contextlib.suppress(OSError):  # Linux ends a pseudo-terminal with an error
            while piece := os.read(master, 4096):
                shown += piece
        assert process.stdout is not None
        assert process.stdout.read() == "data\n"
    os.close(master)
    assert process.returncode == 0
    text = shown.decode()
    assert ("3/3" if total else " 3 ") in text
    assert "1 failed" in text
    assert "a remark" in text
    assert "\x1b[" in text


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (-1, ["error: our error", "error: their error"]),
        (
            0,
            [
                "warning: our warning",
                "error: our error",
                "warning: their warning",
                "error: their error",
            ],
        ),
        (
            1,
            [
                "our info",
                "warning: our warning",
                "error: our error",
                "warning: their warning",
                "error: their error",
            ],
        ),
        (
            2,
            [
                "debug: our debug",
                "our info",
                "warning: our warning",
                "error: our error",
                "their info",
                "warning: their warning",
                "error: their error",
            ],
        ),
    ],
)
def test_verbosity_chooses_what_is_logged(
    level: int, expected: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    setup_logging(level, "sample_tool")
    assert verbosity() == level
    for name, owner in (("sample_tool.part", "our"), ("some_library", "their")):
        for kind in ("debug", "info", "warning", "error"):
            getattr(logging.getLogger(name), kind)(f"{owner} %s", kind)
    captured = capsys.readouterr()
    assert captured.err.splitlines() == expected
    assert captured.out == ""


def test_levels_are_bounded() -> None:
    setup_logging(7)
    assert verbosity() == 2
    setup_logging(-7)
    assert verbosity() == -1


def test_log_tracebacks_come_with_v_only(capsys: pytest.CaptureFixture[str]) -> None:
    for level in (0, 1):
        setup_logging(level)
        try:
            _ = 1 // 0
        except ZeroDivisionError:
            logging.getLogger("truing_core").exception("odd")
        shown = capsys.readouterr().err
        assert shown.startswith("error: odd\n")
        assert ("Traceback" in shown) is (level == 1)


def test_no_secret_is_said_or_logged(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_SERVER_KEY", "wonderland-42")
    say("the key wonderland-42 is wrong")
    logging.getLogger("truing_core").warning("sent %s", {"Authorization": "Bearer wonderland-42"})
    shown = capsys.readouterr().err
    assert "wonderland" not in shown
    assert shown.count("***") == 2


HOSTILE = "a\x1b]0;owned\x07\x1b[2J\r\nb\tc\x9b31m\x7f\ud83d"


def test_no_text_steers_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert printable(HOSTILE) == "a␛]0;owned␇␛[2J\nb\tc�31m␡�"
    say(f"error: {HOSTILE}")
    assert capsys.readouterr().err == "error: a␛]0;owned␇␛[2J\nb\tc�31m␡�\n"


@pytest.mark.parametrize(
    ("terminal", "written"),
    [
        (True, "a␛]0;owned␇␛[2J\nb\tc�31m␡�\n"),
        (False, "a\x1b]0;owned\x07\x1b[2J\r\nb\tc\x9b31m\x7f?\n"),
    ],
)
def test_what_a_model_said_goes_to_a_file_as_it_is(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, written: str
) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")
    monkeypatch.setattr(stream, "isatty", lambda: terminal)
    monkeypatch.setattr(sys, "stdout", stream)
    show(HOSTILE)
    assert stream.buffer.getvalue().decode() == written


@given(text=st.text())
def test_printable_texts_have_no_controls(text: str) -> None:
    shown = printable(text)
    assert not [c for c in shown if unicodedata.category(c) == "Cc" and c not in "\t\n"]
    assert printable(shown) == shown


def test_quiet_silences_remarks_but_not_errors(capsys: pytest.CaptureFixture[str]) -> None:
    for level, expected in ((0, "a remark\nan error\n"), (-1, "an error\n")):
        setup_logging(level)
        tell("a remark")
        say("an error")
        assert capsys.readouterr().err == expected


def test_a_closed_stderr_is_no_obstacle(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    stream.close()
    monkeypatch.setattr(sys, "stderr", stream)
    say("unheard")


def test_the_console_writes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    console().print("talk")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "talk\n")
