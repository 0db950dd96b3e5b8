"""``webr-synth dedup``: its options, and the pairs it shows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from truing_core.cli import JsonOut, Limit, Seed, emit_json, progress, tell
from truing_core.errors import UsageError
from truing_core.terminal import show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webr_synth.dedup import NearDuplicates
    from webr_synth.dedup.dropping import Pair

_SHOWN = 3


def dedup_command(
    data: Annotated[
        list[Path],
        typer.Argument(metavar="DATA...", help="JSONL or Parquet files, or folders of shards."),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The rows that are new.")
    ],
    field: Annotated[
        str | None,
        typer.Option(
            "--field", metavar="NAME",
            help="Compare by this field, a text or messages; by default the request is found.",
        ),
    ] = None,
    threshold: Annotated[
        float,
        typer.Option("--threshold", metavar="J", help="Least Jaccard similarity of duplicates."),
    ] = 0.7,
    permutations: Annotated[
        int, typer.Option("--permutations", metavar="N", help="Length of a MinHash signature.")
    ] = 128,
    shingles: Annotated[
        str,
        typer.Option(
            "--shingles", metavar="N|released",
            help="Words in a shingle, or single token ids as in the authors' code.",
        ),
    ] = "5",
    tokenizer: Annotated[
        str,
        typer.Option(
            "--tokenizer", metavar="SPEC",
            help="With released: whose token ids; demo, a folder or a hub id.",
        ),
    ] = "demo",
    index: Annotated[
        Path | None,
        typer.Option(
            "--index", metavar="FILE.parquet",
            help="Compare with the texts of earlier runs, too, and add the new ones.",
        ),
    ] = None,
    dropped: Annotated[
        Path | None,
        typer.Option("--dropped", metavar="FILE", help="Write what was dropped, and for what."),
    ] = None,
    limit: Limit = None,
    seed: Seed = 0,
    as_json: JsonOut = False,
) -> None:  # fmt: skip
    """Drop rows whose requests nearly repeat earlier ones (MinHash, checked by exact Jaccard)."""
    from webr_synth.dedup.dropping import deduplicate

    known = _index(shingles, tokenizer, threshold, permutations, seed)
    with progress("dedup") as bar:
        counts, pairs = deduplicate(
            data, output, known, field=field, index_path=index, dropped_path=dropped,
            limit=limit, on_rows=bar.advance,
        )  # fmt: skip
    if as_json:
        shown = [_shown(pair) for pair in _drawn(pairs)]
        emit_json({**counts, "settings": known.settings, "output": str(output), "pairs": shown})
    else:
        for pair in _drawn(pairs):
            for name, text in _shown(pair).items():
                show(f"{name:<13}{text}")
            typer.echo()
    share = f" ({counts['dropped'] / counts['rows']:.1%})" if counts["rows"] else ""
    tell(
        f"{counts['dropped']:,} of {counts['rows']:,} rows dropped{share}, "
        f"{counts['kept']:,} in {output}"
    )
    if counts["without_text"]:
        tell(f"{counts['without_text']:,} rows without text were kept")
    if counts["of_the_index"]:
        tell(f"{counts['of_the_index']:,} repeat texts of earlier runs in {index}")
    if counts["of_the_index"] and counts["kept"] == counts["without_text"]:
        tell("nothing is new: the index knows all of it, perhaps from this very file")


def _index(
    shingles: str, tokenizer: str, threshold: float, permutations: int, seed: int
) -> NearDuplicates:
    from webr_synth.dedup import NearDuplicates

    if shingles == "released":
        from webr_synth.dedup.released import load_tokenizer

        ids, name = load_tokenizer(tokenizer)
        return NearDuplicates(
            threshold, permutations, seed=seed, tokenizer=ids, tokenizer_name=name
        )
    if not shingles.isdecimal() or not 1 <= int(shingles) <= 100:
        raise UsageError(f"--shingles is '{shingles}'; expected 1 to 100 words, or released")
    return NearDuplicates(threshold, permutations, int(shingles), seed)


def _drawn(pairs: Sequence[Pair]) -> list[Pair]:
    """A few pairs: the least similar ones, which are those to judge the threshold by."""
    return sorted(pairs, key=lambda pair: pair.jaccard)[:_SHOWN]


def _shown(pair: Pair) -> dict[str, Any]:
    return {
        "dropped": f"{pair.id}: {_one_line(pair.text)}",
        "repeats": f"{pair.duplicate_of}: {_one_line(pair.earlier or '(in the index)')}",
        "similarity": round(pair.jaccard, 3),
    }


def _one_line(text: str) -> str:
    line = " ".join(text[:400].split())
    return line if len(line) <= 160 else line[:159] + "…"
