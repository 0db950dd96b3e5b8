"""What a bridging run came to, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any

from bmc_dpo.bridge.editing import BRIDGED, FAILED, NO_CHANGE, Edit
from bmc_dpo.bridge.gates import GATES
from bmc_dpo.bridge.outputs import NOT_SELECTED, SAME_SIDES
from truing_core.models import Usage

if TYPE_CHECKING:
    from truing_core.budget import Price

STATUSES = (BRIDGED, NO_CHANGE, *GATES, FAILED, NOT_SELECTED, SAME_SIDES)

_MEANING = {
    BRIDGED: "the losing response, mended",
    NO_CHANGE: "the editor says that nothing has to change",
    "truncated": "cut off at --max-tokens",
    "empty": "no text",
    "refusal": "the editor declines",
    "unreadable": "not in the agreed form",
    "leakage": "words of the instructions in it",
    "identical": "the losing response as it was",
    "language": "in another language",
    "answer": "the final answer is not the winner's",
    "copy": "the winning response over again",
    "change": "more changed than --max-change",
    "length": "too long or too short",
    FAILED: "no reply; run again to retry",
    NOT_SELECTED: "outside --fraction",
    SAME_SIDES: "chosen and rejected are the same",
}


def summarise(
    rows: Iterable[Mapping[str, Any]],
    edits: Mapping[str, Edit],
    *,
    pairs: Sequence[Any],
    price: Price | None,
) -> dict[str, Any]:
    """Counts rows by status, and replies by the gate that stopped them.

    Args:
        rows: The output's.
        edits: What became of the pairs that are bridged.
        pairs: All pairs.
        price: What tokens cost.
    """
    written: Counter[str] = Counter()
    changes, likenesses = [], []
    for row in rows:
        told = row["bridge"]
        written[told["status"]] += 1
        if told["status"] == BRIDGED:
            changes.append(told["change_ratio"])
            likenesses.append(told["similarity_to_winner"])
    statuses = Counter(edit.status for edit in edits.values())
    for status in (NOT_SELECTED, SAME_SIDES):
        statuses[status] = written[status]
    stopped = Counter(gate for edit in edits.values() for gate in edit.stopped)
    usage = Usage(
        sum(edit.prompt_tokens for edit in edits.values()),
        sum(edit.completion_tokens for edit in edits.values()),
    )
    return {
        "pairs": len(pairs),
        "selected": len(edits),
        "written": written.total(),
        "statuses": {name: statuses[name] for name in STATUSES},
        "stopped": {gate: stopped[gate] for gate in GATES},
        "replies": sum(edit.replies for edit in edits.values()),
        "mean_change_ratio": fmean(changes) if changes else None,
        "mean_similarity_to_winner": fmean(likenesses) if likenesses else None,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "cost": price.cost(usage) if price is not None else None,
    }


def print_summary(summary: Mapping[str, Any]) -> None:
    """Prints it as a table on stdout; statuses and gates that never came up are left out."""
    import typer

    from truing_core.tables import show_table, table_of

    table = table_of("status", "pairs", "replies stopped", title=f"{summary['pairs']:,} pairs")
    table.add_column("meaning")
    for name in STATUSES:
        pairs, stopped = summary["statuses"][name], summary["stopped"].get(name, 0)
        if pairs or stopped:
            table.add_row(name, f"{pairs:,}", f"{stopped:,}" if stopped else "", _MEANING[name])
    show_table(table)
    for line in _facts(summary):
        typer.echo(line)


def _facts(summary: Mapping[str, Any]) -> list[str]:
    lines = []
    if summary["mean_change_ratio"] is not None:
        lines.append(
            f"bridged: {summary['mean_change_ratio']:.1%} of the words changed, "
            f"{summary['mean_similarity_to_winner']:.1%} like the winner (means)"
        )
    cost = f", cost {summary['cost']:,.4f}" if summary["cost"] is not None else ""
    lines.append(
        f"{summary['replies']:,} replies, {summary['prompt_tokens']:,} prompt and "
        f"{summary['completion_tokens']:,} completion tokens{cost}"
    )
    return lines
