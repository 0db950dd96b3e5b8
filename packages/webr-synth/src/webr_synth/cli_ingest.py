"""``webr-synth ingest``: from raw web documents to clean ones."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
from webr_synth.ingest.settings import EXTRACTORS, IngestSettings

if TYPE_CHECKING:
    from webr_synth.ingest.counts import Counts
    from webr_synth.ingest.sources import Source

_READING, _FILTERS, _WORK = "Reading", "Filters", "Work"
_SMALL = 512 * 1024
_TEXTS = ("text", "json lines", "json list", "parquet")


@dataclass(frozen=True)
class ReadingOptions:
    """How inputs are read."""

    text_field: Annotated[
        str | None,
        typer.Option(
            "--text-field",
            metavar="NAME",
            help="The field that holds the text of a row; by default it is found.",
            rich_help_panel=_READING,
        ),
    ] = None
    html_field: Annotated[
        str | None,
        typer.Option(
            "--html-field",
            metavar="NAME",
            help="The field that holds raw HTML.",
            rich_help_panel=_READING,
        ),
    ] = None
    subset: Annotated[
        str | None,
        typer.Option(
            "--subset",
            metavar="NAME",
            help="Configuration of a hub data set that has several.",
            rich_help_panel=_READING,
        ),
    ] = None
    split: Annotated[
        str,
        typer.Option(
            "--split", metavar="NAME", help="Of a hub data set.", rich_help_panel=_READING
        ),
    ] = "train"
    extractor: Annotated[
        str,
        typer.Option(
            "--extractor",
            metavar="|".join(EXTRACTORS),
            help="What makes text of HTML: the cleaner, or one twelve times as fast, which makes "
            "ingest four times as fast.",
            rich_help_panel=_READING,
        ),
    ] = EXTRACTORS[0]
    max_bytes: Annotated[
        int,
        typer.Option(
            "--max-bytes",
            metavar="N",
            min=1,
            help="Longest raw record; longer ones are passed over.",
            rich_help_panel=_READING,
        ),
    ] = IngestSettings.max_bytes
    time_limit: Annotated[
        float,
        typer.Option(
            "--time-limit",
            metavar="S",
            min=0.1,
            help="Most seconds for one record.",
            rich_help_panel=_READING,
        ),
    ] = IngestSettings.time_limit


@dataclass(frozen=True)
class FilterOptions:
    """Which documents are kept."""

    without: Annotated[
        str,
        typer.Option(
            "--without",
            metavar="NAME,…",
            help="Filters to turn off: blocklist, boilerplate, length, language, gopher, "
            "repetition, c4, pii, exact, near.",
            rich_help_panel=_FILTERS,
        ),
    ] = ""
    lang: Annotated[
        str,
        typer.Option(
            "--lang",
            metavar="CODE,…",
            help="Keep only these languages (ISO 639), as en,de; by default all.",
            rich_help_panel=_FILTERS,
        ),
    ] = ""
    min_chars: Annotated[
        int,
        typer.Option(
            "--min-chars", metavar="N", min=1, help="Shortest text.", rich_help_panel=_FILTERS
        ),
    ] = IngestSettings.min_chars
    max_chars: Annotated[
        int,
        typer.Option(
            "--max-chars", metavar="N", min=1, help="Longest text.", rich_help_panel=_FILTERS
        ),
    ] = IngestSettings.max_chars
    strict_c4: Annotated[
        bool,
        typer.Option(
            "--strict-c4",
            help="C4's rules to the letter: only lines that end a sentence, no braces.",
            rich_help_panel=_FILTERS,
        ),
    ] = False
    blocklist: Annotated[
        Path | None,
        typer.Option(
            "--blocklist",
            metavar="FILE",
            help="Domains to leave out, one a line or as a hosts file.",
            rich_help_panel=_FILTERS,
        ),
    ] = None
    mask_pii: Annotated[
        bool,
        typer.Option(
            "--mask-pii",
            help="Mask mail and IP addresses, phone and card numbers.",
            rich_help_panel=_FILTERS,
        ),
    ] = False
    near_duplicates: Annotated[
        bool,
        typer.Option(
            "--near-duplicates/--no-near-duplicates",
            help="Drop documents that share 70 % of their word 5-grams with an earlier one.",
            rich_help_panel=_FILTERS,
        ),
    ] = True


Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="IN...",
        help="Files and folders (WARC, WET, HTML, ZIP, tar, JSON, JSON Lines, Parquet, text; "
        "also compressed), and hub data sets as hub:owner/name.",
        show_default=False,
    ),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="The .parquet or .jsonl to write."),
]
Errors = Annotated[
    Path | None,
    typer.Option("--errors", metavar="FILE.jsonl", help="List the records that cannot be read."),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        min=0,
        help="Processes at work; 0 is this one alone, with no time limit. By default all cores; "
        "0 for less than half a megabyte of texts that are no HTML, if no --time-limit is given.",
        rich_help_panel=_WORK,
    ),
]
Limit = Annotated[
    int | None,
    typer.Option(
        "--limit", metavar="N", min=1, help="Read the first N records only.", rich_help_panel=_WORK
    ),
]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="List the inputs with kinds and sizes.", rich_help_panel=_WORK),
]


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
    from webr_synth.ingest.filters import check_names

    extractor = one_of("--extractor", reading.extractor, EXTRACTORS)
    if reading.text_field and reading.html_field:
        raise UsageError("--text-field and --html-field name the same thing; give one of them")
    if filtering.min_chars > filtering.max_chars:
        raise UsageError("--min-chars is greater than --max-chars, so nothing could be kept")
    names = words_of("--without", filtering.without) if filtering.without else ()
    check_names(names)
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
        time_limit=reading.time_limit,
        without=names,
        languages=words_of("--lang", filtering.lang.lower()) if filtering.lang else (),
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
    however little there is, and so is everything where a time limit is asked for.
    """
    from webr_synth.ingest.sources import told

    files = [Path(each) for each in inputs]
    if (
        reading.time_limit == IngestSettings.time_limit
        and reading.html_field is None
        and all(file.is_file() for file in files)
        and sum(file.stat().st_size for file in files) < _SMALL
        and all(told(file, file.name).kind in _TEXTS for file in files)
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
