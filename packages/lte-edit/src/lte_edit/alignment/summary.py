"""What a data set holds, as numbers and as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any


def summarise(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Counts of pairs by source, scope and aspect, of facts in blocks, and of gold positions."""
    edited = [row for row in rows if row["with_edit"]]
    groups = Counter((row["source"], row["scope"], row["aspect"]) for row in edited)
    return {
        "rows": len(rows),
        "pairs": len(edited),
        "groups": [
            {"source": source, "scope": scope, "aspect": aspect, "pairs": count}
            for (source, scope, aspect), count in sorted(groups.items())
        ],
        "facts": dict(sorted(Counter(str(row["n_facts"]) for row in edited).items())),
        "gold_positions": dict(
            sorted(Counter(str(row["gold_position"]) for row in edited).items())
        ),
    }


def print_summary(summary: Mapping[str, Any]) -> None:
    """Prints it as a table on stdout."""
    import typer

    from truing_core.tables import show_table, table_of

    table = table_of("source", "scope", "aspect", "pairs", texts=3)
    for group in summary["groups"]:
        cells = [group["source"], group["scope"], group["aspect"]]
        table.add_row(*cells, f"{group['pairs']:,}")
    table.add_section()
    table.add_row("all", "", "", f"{summary['pairs']:,}")
    show_table(table)
    for title, counts in (
        ("facts in a block", "facts"),
        ("line of the right fact", "gold_positions"),
    ):
        shown = ", ".join(f"{key}: {count:,}" for key, count in summary[counts].items())
        typer.echo(f"{title}: {shown}")
