"""The main flow: pairs -> a sample -> measured tokens -> numbers and a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bmc_dpo.__about__ import __version__
from bmc_dpo.alignment import Algorithm
from bmc_dpo.inspection.measuring import View, measure
from bmc_dpo.inspection.models import Scorers
from bmc_dpo.inspection.report import render
from bmc_dpo.inspection.summary import summarise
from bmc_dpo.pairs import Pair
from truing_core.records import write_text
from truing_core.run import rng


def sample(pairs: Sequence[Pair], count: int, seed: int) -> list[Pair]:
    """Pairs drawn by their ids, in the data's order; the same whatever the order of rows."""
    drawn = sorted(pairs, key=lambda pair: rng(seed, pair.id, "inspect").random())[:count]
    chosen = {id(pair) for pair in drawn}
    return [pair for pair in pairs if id(pair) in chosen]


def inspect(
    pairs: Sequence[Pair],
    drawn: Sequence[Pair],
    scorers: Scorers,
    output: Path,
    *,
    facts: dict[str, Any],
    delta: float,
    beta: float,
    max_length: int,
    algorithm: Algorithm,
    on_view: Callable[[View], None] = lambda view: None,
) -> dict[str, Any]:
    """Measures the drawn pairs, writes the page, and returns the summary."""
    views = []
    for view in measure(
        drawn, scorers.tokenizer, policy=scorers.policy, reference=scorers.reference,
        delta=delta, beta=beta, max_length=max_length, algorithm=algorithm,
    ):  # fmt: skip
        views.append(view)
        on_view(view)
    summary = summarise(pairs, views)
    known = {"bmc-dpo": __version__, **facts, "delta": delta, "beta": beta}
    write_text(output, render(views, summary, known, delta))
    return summary
