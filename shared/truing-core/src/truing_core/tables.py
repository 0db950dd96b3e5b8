"""Tables for people, on stdout.

table = table_of("task", "n", "accuracy")
table.add_row("gsm8k", "1,319", "57.0")
show_table(table)
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

    table = Table(box=SIMPLE_HEAD, title=Text(title) if title else None, title_justify="left")
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="left" if place < texts else "right")
    return table


def show_table(table: Table) -> None:
    """Prints a table, as wide as the terminal allows."""
    from rich.console import Console

    # A pipe has no width; a table that is broken there can be read by nobody.
    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    Console(file=sys.stdout, highlight=False, markup=False, width=width).print(table)
