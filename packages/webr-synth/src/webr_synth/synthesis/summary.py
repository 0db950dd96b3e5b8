"""What came of a run, in numbers and in a sentence."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import typer

from truing_core.errors import InputError, ModelError
from webr_synth.synthesis.choices import SynthChoice
from webr_synth.synthesis.counts import Counts
from webr_synth.synthesis.perspectives import PERSPECTIVES, apportion, shortfall
from webr_synth.synthesis.state import State


def summarise(
    choice: SynthChoice, state: State, *, output: Path, documents: int, folder: Path
) -> dict[str, Any]:
    """The summary of a run.

    Args:
        choice: What was wanted.
        state: What came of it.
        output: Where the rows are.
        documents: How many were read.
        folder: The run's.
    """
    wanted = apportion(choice.num, choice.mix)
    counts = state.counts.to_dict()
    repeated = counts["documents"].pop("repeated", 0)
    facts = {
        "model": choice.model.spec,
        "output": str(output),
        "run": str(folder),
        "documents": {
            **counts["documents"],
            "seen": documents,
            **({"skipped": {"repeated": repeated}} if repeated else {}),
        },
        "stages": counts["stages"],
        "duplicates": counts["duplicates"],
        "written": sum(state.written.values()),
        "wanted": choice.num,
        "perspectives": {
            name: {"wanted": wanted[name], "written": state.written.get(name, 0)}
            for name in PERSPECTIVES
        },
        "short": shortfall(wanted, state.written),
        "failed": sum(own["failed"] for own in counts["stages"].values()),
    }
    if choice.model.price is not None:
        from truing_core.models import Usage

        stages = counts["stages"].values()
        usage = Usage(*(sum(own[f"{kind}_tokens"] for own in stages) for kind in _KINDS))
        facts["cost"] = choice.model.price.cost(usage)
    return facts


_KINDS = ("prompt", "completion")


def print_summary(summary: dict[str, Any]) -> None:
    """The funnel, for people."""
    typer.echo(f"documents  {summary['documents'].get('used', 0):,} asked about")
    for stage, own in summary["stages"].items():
        if not own["asked"] and not own["failed"]:
            continue
        gates = ", ".join(f"{gate} {number:,}" for gate, number in own["gates"].items())
        failed = f"; failed {own['failed']:,}" if own["failed"] else ""
        stopped = f"; stopped: {gates}" if gates else ""
        typer.echo(f"{stage:<9}  {own['ok']:,} of {own['asked']:,} replies passed{stopped}{failed}")
    typer.echo(f"{'requests':<9}  {summary['duplicates']:,} were nearly the same as an earlier one")
    for name, own in summary["perspectives"].items():
        typer.echo(f"{name:<9}  {own['written']:,} of {own['wanted']:,}")


def check_answers(counts: Counts) -> None:
    """Complains if not one request was answered.

    Raises:
        ModelError: There were requests, and all of them failed.
    """
    asked = sum(own["asked"] for own in counts.stages.values())
    failed = sum(own["failed"] for own in counts.stages.values())
    if failed and not asked:
        raise ModelError(
            f"all {failed:,} requests failed; run the same command again once the model answers"
        )


def all_filtered(counts: Counts, source: Path) -> InputError:
    """Why there is not a single row."""
    reasons: Counter[str] = Counter()
    for stage, gates in counts.gates.items():
        for gate, number in gates.items():
            reasons[f"{stage}: {gate}"] += number
    if counts.duplicates:
        reasons["nearly the same as an earlier request"] = counts.duplicates
    told = ", ".join(f"{reason} ({number:,})" for reason, number in reasons.most_common(4))
    used = counts.documents["used"]
    return InputError(
        f"of {used:,} documents none gave a row; stopped by {told or 'nothing that was counted'}",
        path=source,
    )
