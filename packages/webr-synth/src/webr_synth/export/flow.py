"""The main flow: rows are read once, counted, converted and written, then told about in a card."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from truing_core.errors import InputError, UsageError
from truing_core.files import write_text
from truing_core.records import write_rows
from webr_synth.export.card import card
from webr_synth.export.facts import Facts, public_name, run_facts
from webr_synth.export.formats import FORMATS, Format, convert
from webr_synth.export.hub import PATTERN, push, token
from webr_synth.export.reading import files_of, read_all

SHARD_ROWS = 50_000


@dataclass(frozen=True)
class Export:
    """What is wanted.

    Attributes:
        format: Convert rows; by default a file holds ``messages``, the hub the whole rows.
        output: The file.
        card: The card's file.
        repo: The hub's data set.
        private: Whether it is made as a private one.
        run_dir: The run folder, where it is not beside the rows.
    """

    format: Format | None = None
    output: Path | None = None
    card: Path | None = None
    repo: str | None = None
    private: bool = False
    run_dir: Path | None = None


def export_rows(source: Path, wanted: Export) -> dict[str, Any]:
    """Writes rows in another format, a card, or both to the hub.

    Args:
        source: What ``run`` wrote: a file, or a folder of shards.
        wanted: Where to, and how.

    Returns:
        How many rows there are, and where they went.

    Raises:
        UsageError: Nothing is wanted, or a format is unknown, or there is no token.
        InputError: The rows or the run's facts cannot be read.
        TruingError: A place cannot be written, or the hub cannot be reached.
    """
    _check(source, wanted)
    run, summary, ingested = run_facts(source, wanted.run_dir)
    facts = Facts(run=run, summary=summary, ingested=ingested)
    result: dict[str, Any] = {}
    if wanted.output is not None:
        format = wanted.format or "messages"
        rows = facts.count(read_all(source))
        write_rows(wanted.output, (convert(row, format) for row in rows))
        result |= {"output": str(wanted.output), "format": format}
    else:
        for _ in facts.count(read_all(source)):
            pass
    if not facts.rows:
        raise InputError("there is no row in it", path=source)
    title = wanted.repo.rpartition("/")[2] if wanted.repo else source.stem
    if wanted.card is not None:
        write_text(wanted.card, card(facts, title))
        result["card"] = str(wanted.card)
    if wanted.repo is not None:
        with ExitStack() as stack:
            shards = _shards(source, wanted.format, facts, stack)
            readme = card(facts, title, data_files=PATTERN)
            result["hub"] = push(shards, readme, wanted.repo, private=wanted.private)
    return {"rows": facts.rows, **result}


def _check(source: Path, wanted: Export) -> None:
    """Finds what cannot be before anything is read or written."""
    if not (wanted.output or wanted.card or wanted.repo):
        raise UsageError("nothing to do: name -o FILE, --push-to-hub REPO or --card FILE")
    if wanted.format is not None and wanted.format not in FORMATS:
        raise UsageError(f"--format is one of {', '.join(FORMATS)}, not '{wanted.format}'")
    if wanted.format is not None and not (wanted.output or wanted.repo):
        raise UsageError("--format needs -o FILE or --push-to-hub REPO")
    if wanted.private and wanted.repo is None:
        raise UsageError("--private needs --push-to-hub REPO")
    if wanted.repo is not None:
        token()
    for option, place in (("-o", wanted.output), ("--card", wanted.card)):
        if place is not None and any(_same(place, file) for file in files_of(source)):
            raise UsageError(f"{option} '{place}' is the rows themselves; name another file")


def _same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)


def _shards(source: Path, format: Format | None, facts: Facts, stack: ExitStack) -> list[Path]:
    """Parquet files for the hub: those of the run where they do, else new ones for a while."""
    files = files_of(source)
    parquet = all(file.suffix == ".parquet" for file in files)
    if format is None and parquet and not facts.addressed:
        return files
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="webr-synth-")))
    change = _published if format is None else partial(convert, format=format)
    shards = []
    for place, rows in enumerate(_batches(map(change, read_all(source)))):
        shards.append(folder / f"{place:05}.parquet")
        write_rows(shards[-1], rows)
    return shards


def _published(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A whole row, without the address of anybody's server."""
    return {**row, "model": public_name(row["model"])} if row.get("model") else row


def _batches(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    source = iter(rows)
    while batch := list(itertools.islice(source, SHARD_ROWS)):
        yield batch
