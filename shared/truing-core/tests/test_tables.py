"""Tables on stdout."""

from __future__ import annotations

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


def test_in_a_pipe_a_table_is_wider_than_a_terminal_would_be(capsys):
    table = table_of("name", "value")
    table.add_row("n" * 150, "1")
    show_table(table)
    assert "n" * 150 in capsys.readouterr().out
