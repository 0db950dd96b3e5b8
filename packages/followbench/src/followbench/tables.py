"""Scores as terminal tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from followbench.checks.base import plural
from followbench.leaderboard import Published
from followbench.results import Result
from truing_core.tables import printer
from truing_core.terminal import printable

if TYPE_CHECKING:
    from rich.table import Table

_PIPE_WIDTH = 160
_LEVELS = [f"L{level}" for level in range(1, 6)]


def print_scores(result: Result) -> None:
    """Prints one run's scores by category, with the average last, on stdout."""
    summary = result.summary
    table = _table(f"{result.label} on {summary['data']['name']} ({summary['lang']})")
    for heading in ["category", "groups", *(f"HSR {name}" for name in _LEVELS), "SSR", "CSL"]:
        _column(table, heading, text=heading == "category")
    for name, block in summary["categories"].items():
        table.add_row(name, str(block["groups"]), *_cells(block))
    groups = sum(block["groups"] for block in summary["categories"].values())
    table.add_section()
    table.add_row("average", str(groups), *_cells(summary["average"]), style="bold")
    _print(table, footer(summary))


def print_leaderboard(results: Sequence[Result], published: Sequence[Published]) -> None:
    """Prints your runs and the paper's, best mean HSR first, on stdout."""
    table = _table("HSR by level, mean SSR, CSL")
    for heading in ["model", *_LEVELS, "HSR", "SSR", "CSL", "source"]:
        _column(table, heading, text=heading in ("model", "source"))
    for row in leaderboard_rows(results, published):
        style = "dim" if row["source"] == "paper" else None
        table.add_row(
            row["model"],
            *(_number(value) for value in row["hsr"]),
            _number(row["hsr_mean"]),
            _number(row["ssr_mean"]),
            _number(row["csl"], 2 if row["source"] != "paper" else 1),
            row["source"],
            style=style,
        )
    _print(table)


def leaderboard_rows(
    results: Sequence[Result], published: Sequence[Published]
) -> list[dict[str, Any]]:
    """Rows ``model, hsr (5), hsr_mean, ssr_mean, csl, source``, best mean HSR first."""
    rows: list[dict[str, Any]] = []
    for result in results:
        average = result.summary["average"]
        source = f"{result.summary['data']['name']}, checks {result.summary['checks']}"
        if result.summary["constraints"] == "checks-only":
            source += ", no judge"
        rows.append(
            {
                "model": result.label,
                "hsr": average["hsr"],
                "hsr_mean": mean(average["hsr"]),
                "ssr_mean": mean(average["ssr"]),
                "csl": average["csl"],
                "source": source,
            }
        )
    for model in published:
        rows.append(
            {
                "model": model.model,
                "hsr": list(model.hsr),
                "hsr_mean": mean(model.hsr),
                "ssr_mean": model.ssr,
                "csl": model.csl,
                "source": "paper",
            }
        )
    return sorted(rows, key=lambda row: best_first(row["hsr_mean"]))


def best_first(rate: float | None) -> tuple[bool, float]:
    """A sort key: high rates first, none at all last."""
    return rate is None, -(rate or 0.0)


def print_comparison(labels: tuple[str, str], tested: Mapping[str, Any]) -> None:
    """Prints the differences between two runs, with intervals and p-values, on stdout."""
    table = _table(
        f"A: {labels[0]}\nB: {labels[1]}\n"
        f"on {tested['items']} items of {tested['groups']} groups scored in both"
    )
    for heading in ["category", "metric", "A", "B", "B - A", "95 % interval", "p"]:
        _column(table, heading, text=heading in ("category", "metric"))
    for name, block in [*tested["categories"].items(), ("average", tested["average"])]:
        if name == "average":
            table.add_section()
        for metric, row in block.items():
            if row is not None:
                interval, p = row["interval"], row["p"]
                table.add_row(
                    name,
                    metric.upper(),
                    f"{row['first']:.2f}",
                    f"{row['second']:.2f}",
                    f"{row['difference']:+.2f}",
                    "–" if interval is None else "{:+.2f} to {:+.2f}".format(*interval),
                    _number(p, 3),
                    style="bold" if name == "average" else None,
                )
    _print(table)


def footer(summary: Mapping[str, Any]) -> str:
    """What was scored and how, in a line or two."""
    coverage = summary["coverage"]
    lines = f"checks: {summary['checks']}; {coverage['scored']} of {coverage['items']} items scored"
    if summary["constraints"] == "checks-only":
        lines += (
            f" without a judge, on {coverage['constraints_decided']} of "
            f"{coverage['constraints']} constraints"
        )
    else:
        lines += (
            f"; judge: {coverage['judged']} read, {coverage['unparsed']} unreadable, "
            f"{coverage['missing']} missing"
        )
    if coverage["failed"]:
        lines += f"; {plural(coverage['failed'], 'request')} failed (run again to retry)"
    if coverage["unknown_rows"]:
        lines += f"; {plural(coverage['unknown_rows'], 'row')} of items that were not chosen"
    return lines


def mean(values: Sequence[float | None]) -> float | None:
    """The mean of what is there."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _cells(block: Mapping[str, Any]) -> list[str]:
    return [
        *(_number(v) for v in block["hsr"]),
        _number(mean(block["ssr"])),
        _number(block["csl"], 2),
    ]


def _number(value: float | None, digits: int = 1) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _table(title: str) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    return Table(
        title=Text(printable(title)),
        box=SIMPLE_HEAD,
        title_justify="left",
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )


def _column(table: Table, heading: str, *, text: bool) -> None:
    """A column; if there is no room for all, the source wraps first."""
    justify: Literal["left", "right"] = "left" if text else "right"
    table.add_column(heading, justify=justify, no_wrap=heading != "source", overflow="fold")


def _print(table: Table, caption: str = "") -> None:
    out = printer(_PIPE_WIDTH)
    out.print(table, soft_wrap=True)
    if caption:
        out.print(caption, soft_wrap=True, style="dim")
