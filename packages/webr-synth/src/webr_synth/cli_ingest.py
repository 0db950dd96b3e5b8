"""``webr-synth ingest``: from raw web documents to clean ones."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from truing_core.cli import (
    JsonOut,
    emit_json,
    grouped,
    one_of,
    progress,
    tell,
    words_of,
)
from truing_core.errors import Interruption, UsageError
from truing_core.terminal import Progress
from webr_synth.cli_ingest_options import (
    DryRun,
    Errors,
    FilterOptions,
    Inputs,
    Limit,
    Output,
    ReadingOptions,
    Workers,
)
from webr_synth.ingest.settings import EXTRACTORS, IngestSettings

if TYPE_CHECKING:
    from webr_synth.ingest.counts import Counts
    from webr_synth.ingest.sources import Source

_SMALL = 512 * 1024
_TEXTS = ("text", "json lines", "json list")


@grouped
def ingest_command(
    inputs: Inputs,
    output: Output = None,
    *,
    errors: Errors = None,
    as_json: JsonOut = False,
    reading: ReadingOptions,
    filtering: FilterOptions,
    workers: Workers = None,
    limit: Limit = None,
    dry_run: DryRun = False,
) -> None:
    """Make clean documents of raw ones: extract, filter, drop duplicates."""
    from webr_synth.ingest.sources import check_inputs, find_sources

    settings = _settings(reading, filtering, inputs, workers, limit)
    check_inputs(inputs)
    if dry_run:
        _list(find_sources(inputs, [output] if output else []), as_json)
        return
    if output is None:
        raise UsageError("--output FILE is missing: name the .parquet or .jsonl to write")
    from webr_synth.ingest.output import check_output
    from webr_synth.ingest.pipeline import ingest

    check_output(output)
    try:
        with _advancing() as bar:
            counts = ingest(
                inputs,
                output,
                settings,
                errors=errors,
                advance=lambda failed: bar.advance(failed=failed),
            )
    except KeyboardInterrupt:
        raise Interruption(
            "interrupted; nothing is written, the same command starts over"
        ) from None
    _show(counts, output, as_json)


def _settings(
    reading: ReadingOptions,
    filtering: FilterOptions,
    inputs: list[str],
    workers: int | None,
    limit: int | None,
) -> IngestSettings:
    from truing_core.language import check_code
    from webr_synth.ingest.filters import check_names

    extractor = one_of("--extractor", reading.extractor, EXTRACTORS)
    if reading.text_field and reading.html_field:
        raise UsageError("--text-field and --html-field name the same thing; give one of them")
    if filtering.min_chars > filtering.max_chars:
        raise UsageError("--min-chars is greater than --max-chars, so nothing could be kept")
    names = words_of("--without", filtering.without) if filtering.without else ()
    check_names(names)
    languages = words_of("--lang", filtering.lang.lower()) if filtering.lang else ()
    for code in languages:
        check_code(code)
    for option, given, name in (
        ("--lang", filtering.lang, "language"),
        ("--blocklist", filtering.blocklist, "blocklist"),
        ("--mask-pii", filtering.mask_pii, "pii"),
        ("--strict-c4", filtering.strict_c4, "c4"),
    ):
        if given and name in names:
            raise UsageError(f"{option} asks for the filter that --without {name} turns off")
    if filtering.blocklist is not None:
        from webr_synth.ingest.filters.blocklist import read_domains

        read_domains(filtering.blocklist)
    return IngestSettings(
        text_field=reading.text_field,
        html_field=reading.html_field,
        subset=reading.subset,
        split=reading.split,
        extractor=extractor,
        max_bytes=reading.max_bytes,
        time_limit=reading.time_limit or IngestSettings.time_limit,
        without=names,
        languages=languages,
        min_chars=filtering.min_chars,
        max_chars=filtering.max_chars,
        strict_c4=filtering.strict_c4,
        blocklist=filtering.blocklist,
        mask_pii=filtering.mask_pii,
        near_duplicates=filtering.near_duplicates,
        limit=limit,
        workers=_workers(inputs, reading) if workers is None else workers,
    )


def _workers(inputs: list[str], reading: ReadingOptions) -> int:
    """All cores; none beside this process where a start costs more than the work.

    That is so of a few texts, whose time is bounded by their length. HTML is left to workers
    however little there is, and so is what is packed (as Parquet is), whose length is not known,
    and everything where a time limit is asked for.
    """
    from webr_synth.ingest.sources import told
    from webr_synth.ingest.streams import is_packed

    files = [Path(each) for each in inputs]
    if (
        reading.time_limit is None
        and reading.html_field is None
        and all(file.is_file() for file in files)
        and sum(file.stat().st_size for file in files) < _SMALL
        and all(told(file, file.name).kind in _TEXTS and not is_packed(file) for file in files)
    ):
        return 0
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _advancing() -> Iterator[Progress]:
    with progress("records") as bar:
        yield bar


def _list(sources: Iterator[Source], as_json: bool) -> None:
    if as_json:
        emit_json([{"name": each.name, "kind": each.kind, "bytes": each.size} for each in sources])
        return
    total = count = 0
    for each in sources:
        count, total = count + 1, total + (each.size or 0)
        size = "" if each.size is None else f"{each.size:,}"
        detail = f"  ({each.detail})" if each.detail else ""
        typer.echo(f"{each.kind:<12}{size:>16}  {each.name}{detail}")
    tell(f"{count:,} inputs, {total:,} bytes")


def _show(counts: Counts, output: Path, as_json: bool) -> None:
    if as_json:
        emit_json({"output": str(output), **counts.facts()})
    else:
        typer.echo(counts.table())
    tell(f"{counts.kept:,} documents in {output}")
