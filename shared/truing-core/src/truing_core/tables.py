"""Tables for people, on stdout.

table = table_of("task", "n", "accuracy")
table.add_row("gsm8k", "1,319", "57.0")
show_table(table)
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from truing_core.terminal import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_PIPE_WIDTH = 200


def table_of(*headings: str, texts: int = 1, title: str = "") -> Table:
    """An empty table in the tools' common look.

    Args:
        headings: One for each column.
        texts: How many columns, from the left, hold text; the others hold numbers.
        title: A line above it.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=SIMPLE_HEAD, title=Text(printable(title)) if title else None, title_justify="left"
    )
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="left" if place < texts else "right")
    return table


def show_table(table: Table) -> None:
    """Prints a table, as wide as the terminal allows; no cell can steer it."""
    printer().print(table)


def printer(pipe_width: int = _PIPE_WIDTH) -> Console:
    """A rich console on stdout that shows strings, in cells too, as :func:`printable` has them.

    Args:
        pipe_width: A pipe has no width; a table that is broken there can be read by nobody.
    """
    from rich.console import Console
    from rich.text import Text

    class Printer(Console):
        def render_str(self, text: str, **kwargs: Any) -> Text:
            return super().render_str(printable(text), **kwargs)

    width = None if sys.stdout.isatty() else pipe_width
    return Printer(file=sys.stdout, highlight=False, markup=False, emoji=False, width=width)
