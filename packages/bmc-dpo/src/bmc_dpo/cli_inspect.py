"""``bmc-dpo inspect``: its options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from truing_core.cli import (
    Device,
    Dtype,
    JsonOut,
    Limit,
    Seed,
    Split,
    Subset,
    emit_json,
    one_of,
    progress,
    tell,
)


def inspect_command(
    prefs: Annotated[
        str, typer.Argument(metavar="PREFS", help="Preference data, bridged or not.")
    ],
    model: Annotated[
        str,
        typer.Option(
            "--model", "-m", metavar="SPEC",
            help="Whose probabilities weigh: hf/FOLDER-OR-HUB-ID, a folder (also of a PEFT "
            "adapter) or demo.",
        ),
    ],
    reference: Annotated[
        str | None,
        typer.Option(
            "--reference", metavar="SPEC",
            help="Also show rewards against it; for an adapter its base model is the default.",
        ),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The page.")
    ] = Path("report.html"),
    sample: Annotated[
        int,
        typer.Option(
            "--sample", metavar="N", min=1, help="Pairs to measure and show, drawn by the seed."
        ),
    ] = 20,
    delta: Annotated[
        float, typer.Option("--delta", metavar="X", min=0.0, help="δ of the weights.")
    ] = 1.5,
    beta: Annotated[
        float, typer.Option("--beta", metavar="X", min=0.0, help="β of the rewards.")
    ] = 0.01,
    diff_algorithm: Annotated[
        str,
        typer.Option(
            "--diff-algorithm", metavar="levenshtein|difflib", help="What aligns the two."
        ),
    ] = "levenshtein",
    max_length: Annotated[
        int,
        typer.Option(
            "--max-length", metavar="N", min=8, help="Longest row in tokens; longer are cut."
        ),
    ] = 2048,
    split: Split = "train",
    subset: Subset = None,
    limit: Limit = None,
    seed: Seed = 0,
    dtype: Dtype = "auto",
    device: Device = "auto",
    as_json: JsonOut = False,
) -> None:  # fmt: skip
    """Look at pairs: what differs, how much it weighs, what it earns; one HTML page."""
    from bmc_dpo.alignment import ALGORITHMS
    from bmc_dpo.inspection import pipeline
    from bmc_dpo.inspection.models import load_scorers
    from bmc_dpo.pairs import read_pairs

    algorithm = one_of("--diff-algorithm", diff_algorithm, ALGORITHMS)
    pairs = read_pairs(prefs, split=split, subset=subset, limit=limit)
    drawn = pipeline.sample(pairs, sample, seed)
    scorers = load_scorers(model, reference, dtype=dtype, device=device)
    facts = {"data": prefs, "model": model, "reference": reference, "seed": seed}
    with progress("inspect", len(drawn)) as bar:
        summary = pipeline.inspect(
            pairs, drawn, scorers, output, facts=facts, delta=delta, beta=beta,
            max_length=max_length, algorithm=algorithm, on_view=lambda view: bar.advance(),
        )  # fmt: skip
    if as_json:
        emit_json({**summary, "report": str(output)})
    tell(f"{len(drawn):,} of {len(pairs):,} pairs measured; the page is in {output}")
