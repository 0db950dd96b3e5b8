"""``lion-distill status``: how far a run is."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from truing_core.cli import JsonOut, Price, emit_json
from truing_core.errors import UsageError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from truing_core.budget import Price as TokenPrice

RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, finished or not.")]
Watching = Annotated[
    bool, typer.Option("--watch", help="Show it anew every two seconds, until Ctrl-C.")
]
_EVERY_S = 2.0


def status_command(
    run_dir: RunFolder, watch: Watching = False, price: Price = None, as_json: JsonOut = False
) -> None:
    """Show every iteration's stages, pools, hard share, acceptance, tokens; and the cost."""
    from truing_core.budget import Price as TokenPrice

    cost = TokenPrice.parse(price) if price is not None else None
    if watch and as_json:
        raise UsageError("--watch is for people, --json for programs; take one")
    if as_json:
        emit_json(_facts(run_dir, cost))
        return
    from rich.console import Console

    console = Console()
    if not watch:
        console.print(_shown(_facts(run_dir, cost)))
        return
    from rich.live import Live

    with Live(_shown(_facts(run_dir, cost)), console=console, auto_refresh=False) as live:
        while True:
            time.sleep(_EVERY_S)
            live.update(_shown(_facts(run_dir, cost)), refresh=True)


def _facts(run_dir: Path, price: TokenPrice | None) -> dict[str, Any]:
    from lion_distill.reporting.costs import spent
    from lion_distill.reporting.journaled import usage
    from lion_distill.reporting.manifest import read_manifest
    from lion_distill.reporting.summary import summary

    by_model = spent(read_manifest(run_dir), usage(run_dir), price)
    cost = sum(each.cost or 0.0 for each in by_model) if price is not None else None
    return {**summary(run_dir), "cost": cost, "now": _now(run_dir)}


def _now(run_dir: Path) -> dict[str, Any] | None:
    """What the run is doing, if it says so."""
    from lion_distill.workspace import PROGRESS

    try:
        facts = json.loads((run_dir / PROGRESS).read_bytes())
    except (OSError, ValueError):
        return None
    return facts if isinstance(facts, dict) and not facts.get("ended") else None


def _shown(facts: dict[str, Any]) -> RenderableType:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("iteration")
    for name in ("stages", "train pool", "cache pool", "hard", "kept", "score", "tokens"):
        table.add_column(name, justify="left" if name == "stages" else "right")
    for each in facts["iterations"]:
        table.add_row(
            str(each["iteration"]),
            " ".join(name for name, state in each["stages"].items() if state == "done") or "–",
            _number(each.get("train_pool")),
            _number(each.get("cache_pool")),
            _share(each.get("hard_share")),
            _share(each.get("acceptance_rate")),
            _number(each.get("score")),
            _number(each["paid"] or None),
        )
    lines: list[RenderableType] = [table]
    if now := facts["now"]:
        ago = max(0.0, time.time() - now["updated"])
        failed = f", {now['failed']:,} failed" if now["failed"] else ""
        lines.append(
            Text(f"{now['stage']}: {now['done']:,} of {now['total']:,}{failed}, {ago:.0f} s ago")
        )
    if facts["paid"]:
        cost = f", {facts['cost']:,.4f} spent" if facts["cost"] is not None else ""
        lines.append(Text(f"tokens: {facts['paid']:,}{cost}"))
    if stopped := facts.get("stopped"):
        lines.append(Text(f"stopped: {stopped}"))
    return Group(*lines)


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:.1f}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"
