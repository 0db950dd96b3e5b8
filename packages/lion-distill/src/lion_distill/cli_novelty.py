"""``lion-distill novelty``: which candidates are new, and how near each is to what is there."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from truing_core.cli import JsonOut, Output, emit_json, progress, tell
from truing_core.errors import UsageError

if TYPE_CHECKING:
    from lion_distill.novelty import Screened
    from lion_distill.novelty.reading import Entry

_FILE = "a JSON list of strings, or rows with instruction (and input): .jsonl, .json, .parquet"
_BINS, _WIDTH = 10, 40
_SHARES = (0, 10, 25, 50, 75, 90, 100)


def novelty_command(
    pool: Annotated[
        Path, typer.Option("--pool", metavar="FILE", help=f"What is there already: {_FILE}.")
    ],
    candidates: Annotated[
        Path, typer.Option("--candidates", metavar="FILE", help="What may be new; in this order.")
    ],
    max_rouge_l: Annotated[
        float,
        typer.Option(
            "--max-rouge-l", metavar="X", min=0.0, max=1.0,
            help="Above this ROUGE-L F1 to any other, one is no news.",
        ),
    ] = 0.7,
    tokenizer: Annotated[
        str,
        typer.Option(
            "--tokenizer", metavar="rouge|unicode",
            help="a-z and 0-9 only, as the package rouge_score; or words of every script.",
        ),
    ] = "rouge",
    output: Output = None,
    as_json: JsonOut = False,
) -> None:  # fmt: skip
    """Keep the candidates that repeat neither the pool nor each other (ROUGE-L)."""
    from lion_distill.novelty import NoveltyIndex
    from lion_distill.novelty.reading import read_entries

    if output is not None and output.resolve() in (pool.resolve(), candidates.resolve()):
        raise UsageError(f"'{output}' is an input; name another place to write")
    started = time.perf_counter()
    index = NoveltyIndex(max_rouge_l=max_rouge_l, tokenizer=tokenizer)
    ids: list[str] = []
    with progress("pool") as bar:

        def known() -> Any:
            for entry in read_entries(pool):
                ids.append(entry.id)
                bar.advance()
                yield entry.text

        index.extend(known())
    entries = list(read_entries(candidates))
    size = len(ids)
    with progress("candidates", len(entries)) as bar:
        screened = index.screen([entry.text for entry in entries], on_done=bar.advance)
    took = time.perf_counter() - started
    ids += [entry.id for entry, each in zip(entries, screened, strict=True) if each.kept]
    nearest = [None if each.position is None else ids[each.position] for each in screened]
    if output is not None:
        _write(output, entries, screened, nearest)
    kept = [at for at, each in enumerate(screened) if each.kept]
    if as_json:
        values = [each.similarity for each in screened]
        emit_json({"kept": kept, "max_rouge_l": values, "nearest": nearest})
    else:
        for line in _summary([each.similarity for each in screened], max_rouge_l):
            typer.echo(line)
    share = f" ({len(kept) / len(entries):.1%})" if entries else ""
    place = f", in {output}" if output is not None else ""
    tell(f"{len(kept):,} of {len(entries):,} candidates kept{share}{place}")
    tell(f"{len(entries):,} against {size:,} and each other in {took:.1f} s")


def _write(
    output: Path,
    entries: Sequence[Entry],
    screened: Sequence[Screened],
    nearest: Sequence[str | None],
) -> None:
    from truing_core.records import write_rows

    write_rows(
        output,
        (
            {**entry.row, "similarity": each.similarity, "nearest": name}
            for entry, each, name in zip(entries, screened, nearest, strict=True)
            if each.kept
        ),
    )


def _summary(values: Sequence[float], limit: float) -> list[str]:
    """How near candidates are to what is nearest to them: quantiles, and a bar for each tenth."""
    if not values:
        return []
    import numpy as np

    quantiles = np.percentile(values, _SHARES)
    bins = [_bin(value) for value in values]
    counts = [bins.count(at) for at in range(_BINS)]
    named = ["least", *(f"{share} %" for share in _SHARES[1:-1]), "most"]
    lines = ["ROUGE-L F1 to the nearest"]
    lines.append("".join(f"{name:>8}" for name in named))
    lines.append("".join(f"{value:>8.3f}" for value in quantiles))
    for at, count in enumerate(counts):
        bar = "█" * round(_WIDTH * count / max(counts))
        mark = "<- limit" if at == _bin(limit) else ""
        low, high = at / _BINS, (at + 1) / _BINS
        lines.append(f"{low:>4.1f} - {high:.1f}{count:>9,} {bar} {mark}".rstrip())
    return lines


def _bin(value: float) -> int:
    # 0.7 is no multiple of 0.1 in binary.
    return min(int(value * _BINS + 1e-9), _BINS - 1)
