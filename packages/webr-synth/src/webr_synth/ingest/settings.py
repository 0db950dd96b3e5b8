"""What a user may choose about ``ingest``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ExtractorName = Literal["trafilatura", "resiliparse"]

EXTRACTORS: tuple[ExtractorName, ...] = ("trafilatura", "resiliparse")
MEBIBYTE = 2**20


@dataclass(frozen=True)
class IngestSettings:
    """Which records are read, and which documents are kept.

    Attributes:
        text_field: The field that holds the text in rows; by default it is looked for.
        html_field: The field that holds raw HTML in rows.
        subset: Configuration of a hub data set.
        split: Split of a hub data set.
        extractor: What makes text of HTML.
        max_bytes: Longest raw record; longer ones are passed over unread.
        time_limit: Seconds that one record may take.
        without: Names of the filters that are off.
        languages: ISO 639 codes to keep; all if empty.
        min_chars: Shortest text.
        max_chars: Longest text.
        strict_c4: C4's rules to the letter, which also drop headings, code and lists.
        blocklist: File of domains to leave out.
        mask_pii: Whether addresses, numbers and cards are masked.
        near_duplicates: Whether near-duplicate documents are dropped.
        limit: Most records to read.
        workers: Processes that extract and filter; 0 does it in this process, where no time
            limit holds.
    """

    text_field: str | None = None
    html_field: str | None = None
    subset: str | None = None
    split: str = "train"
    extractor: ExtractorName = "trafilatura"
    max_bytes: int = 5 * MEBIBYTE
    time_limit: float = 10.0
    without: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    min_chars: int = 200
    max_chars: int = 500_000
    strict_c4: bool = False
    blocklist: Path | None = None
    mask_pii: bool = False
    near_duplicates: bool = True
    limit: int | None = None
    workers: int = 1
