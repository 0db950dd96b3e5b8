"""Data sets without their near-duplicates: the flow of ``webr-synth dedup``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from truing_core.errors import InputError, UsageError
from truing_core.records import write_rows
from webr_synth.dedup.exchanges import Exchange, data_files, read_exchanges
from webr_synth.dedup.index import NearDuplicates

_BATCH = 8192
_SNIPPET = 300  # characters kept of each text to show pairs


@dataclass(frozen=True, slots=True)
class Pair:
    """A row that was dropped.

    Attributes:
        id: Its id.
        duplicate_of: The id of the earlier row.
        jaccard: Their similarity.
        text: What the row was compared by.
        earlier: The beginning of the earlier row's; ``None`` where that is in the index alone.
    """

    id: str
    duplicate_of: str
    jaccard: float
    text: str
    earlier: str | None


def deduplicate(
    paths: Sequence[Path],
    output: Path,
    index: NearDuplicates,
    *,
    field: str | None = None,
    index_path: Path | None = None,
    dropped_path: Path | None = None,
    limit: int | None = None,
    on_rows: Callable[[int], None] = lambda count: None,
) -> tuple[dict[str, Any], list[Pair]]:
    """Writes the rows whose requests are new, in their order.

    Args:
        paths: Files, or folders of shards.
        output: Where the kept rows go.
        index: What is known already; the kept texts are added.
        field: The field to compare by; by default it is found.
        index_path: Where the index is kept for later runs; read first if it is there.
        dropped_path: Where the dropped rows are written to, with what they repeat.
        limit: How many rows are read at most.
        on_rows: Called with the number of rows read since.

    Returns:
        Counts, and the dropped rows.

    Raises:
        InputError: An input or the index cannot be read, or no row is new and the output is
            there: it may be what the same command kept before.
        UsageError: An input is to be overwritten.
    """
    _check(paths, output, dropped_path, index_path)
    if index_path is not None and index_path.exists():
        index.load(index_path)
    known = len(index)
    counts = {"rows": 0, "kept": 0, "dropped": 0, "of_the_index": 0, "without_text": 0}
    pairs: list[Pair] = []
    rows = islice((each for path in paths for each in read_exchanges(path, field)), limit)

    def kept() -> Iterator[dict[str, Any]]:
        beginnings: list[str] = []
        while batch := list(islice(rows, _BATCH)):
            matched = _matches(batch, index, known, beginnings)
            for exchange, pair in zip(batch, matched, strict=True):
                counts["rows"] += 1
                counts["without_text"] += not exchange.request.strip()
                if pair is None:
                    counts["kept"] += 1
                    yield exchange.row
                else:
                    counts["dropped"] += 1
                    counts["of_the_index"] += pair.earlier is None
                    pairs.append(pair)
            on_rows(len(batch))
        # Rows without text are always kept, so they tell nothing.
        new = counts["kept"] - counts["without_text"]
        if counts["of_the_index"] and not new and output.is_file():
            raise InputError(
                "stands as it is: none of the rows is new, and the file may be what an earlier run "
                f"kept of them; name another, or another index than '{index_path}'",
                path=output,
            )

    write_rows(output, kept())
    if dropped_path is not None:
        write_rows(dropped_path, (asdict(pair) for pair in pairs))
    if index_path is not None:  # last: after a broken run the same command starts over
        index.save(index_path)
    return {**counts, "known_before": known}, pairs


def _matches(
    batch: Sequence[Exchange], index: NearDuplicates, known: int, beginnings: list[str]
) -> Iterator[Pair | None]:
    """Rows without text are kept: nothing says that they are alike.

    Args:
        batch: The rows.
        index: The texts so far.
        known: How many of them are of earlier runs.
        beginnings: Those of the others, in their order.
    """
    compared = [each for each in batch if each.request.strip()]
    texts = [each.request for each in compared]
    found = iter(index.match_batch([each.id for each in compared], texts))
    for exchange in batch:
        match = next(found) if exchange.request.strip() else None
        if match is None:
            if exchange.request.strip():
                beginnings.append(exchange.request[:_SNIPPET])
            yield None
        else:
            earlier = beginnings[match.place - known] if match.place >= known else None
            yield Pair(exchange.id, match.id, match.jaccard, exchange.request, earlier)


def _check(paths: Sequence[Path], output: Path, *others: Path | None) -> None:
    inputs = [file.resolve() for path in paths for file in data_files(path)]
    written = [output, *(path for path in others if path is not None)]
    for path in written:
        if path.resolve() in inputs:
            raise UsageError(f"'{path}' is an input; name another place to write to")
    if len({path.resolve() for path in written}) < len(written):
        raise UsageError("two of --output, --dropped and --index name the same file")
    if output.is_dir():
        raise InputError("is a folder; name a file to write the kept rows to", path=output)
