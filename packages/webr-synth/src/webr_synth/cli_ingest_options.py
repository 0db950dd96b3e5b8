"""The options of ``webr-synth ingest``, in groups."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from webr_synth.ingest.settings import EXTRACTORS, IngestSettings

_READING, _FILTERS, _WORK = "Reading", "Filters", "Work"


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
        float | None,
        typer.Option(
            "--time-limit",
            metavar="S",
            min=0.1,
            help=f"Most seconds for one record; by default {IngestSettings.time_limit:g}.",
            rich_help_panel=_READING,
        ),
    ] = None


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
        "0 for less than half a megabyte of text or JSON, no HTML and not packed, if no "
        "--time-limit is given.",
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
