"""Tables on stdout."""

from __future__ import annotations

import io
import re
import sys

from truing_core.tables import show_table, table_of


def test_texts_stand_left_numbers_right_and_nothing_is_markup(capsys):
    table = table_of("task", "kind", "n", texts=2, title="[all] tasks")
    table.add_row("gsm8k", "[math]", "7")
    table.add_row("x", "qa", "1,319")
    show_table(table)
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == "[all] tasks"
    assert [line for line in lines if line.startswith("  ")] == [
        "  task    kind         n",
        "  gsm8k   [math]       7",
        "  x       qa       1,319",
    ]


def test_no_cell_steers_the_terminal(capsys):
    table = table_of("na\x1bme", "n", title="of \x9bmany")
    table.add_row("x\x1b]0;owned\x07", "1\x7f")
    table.add_row(":smile: 模型", "2", style="bold")
    show_table(table)
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert [" ".join(line.split()) for line in lines if line and "─" not in line] == [
        "of \ufffdmany",
        "na␛me n",
        "x␛]0;owned␇ 1␡",
        ":smile: 模型 2",
    ]


def test_on_a_terminal_only_the_table_s_own_style_is_sent(monkeypatch):
    class Terminal(io.StringIO):
        encoding = "utf-8"

        def isatty(self):
            return True

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("sys.stdout", Terminal())
    table = table_of("name", "n")
    table.add_row("x\x1b]0;owned", "1")
    show_table(table)
    shown = sys.stdout.getvalue()
    assert "x␛]0;owned" in shown
    assert {*re.findall(r"\x1b.{0,3}", shown)} == {"\x1b[1m", "\x1b[0m"}


def test_in_a_pipe_a_table_is_wider_than_a_terminal_would_be(capsys):
    table = table_of("name", "value")
    table.add_row("n" * 150, "1")
    show_table(table)
    assert "n" * 150 in capsys.readouterr().out
