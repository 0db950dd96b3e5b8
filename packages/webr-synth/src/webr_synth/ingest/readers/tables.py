"""JSON Lines, JSON and Parquet: a row is a document.

A line that is too long or no JSON is passed over and the next one read; a JSON list cannot be
picked up again behind a fault, and ends there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from truing_core.errors import InputError
from webr_synth.documents import blank_field, text_field
from webr_synth.ingest.raw import Item, RawRecord, Trouble
from webr_synth.ingest.readers.text import too_large
from webr_synth.ingest.settings import MEBIBYTE, IngestSettings
from webr_synth.ingest.streams import opened

_URLS = ("url", "link", "source_url", "target_uri", "uri")
_DATES = ("date", "timestamp", "published", "crawl_date", "date_download")
_LANGUAGES = ("language", "lang")
_BATCH = 64


def read_lines(path: Path, name: str, settings: IngestSettings) -> Iterator[Item]:
    """The rows of a JSON Lines file; numbers are those of lines."""
    rows = Rows(name, settings)
    longest = longest_row(settings)
    with opened(path) as file:
        number = offset = 0
        while line := file.readline(longest + 1):
            number += 1
            place = f"line {number}, byte {offset}"
            offset += len(line)
            if len(line) > longest:
                offset += _skip_line(file)
                yield Trouble(f"{name}:{number}", "too large", f"{place}: over {longest:,} bytes")
                continue
            if not line.strip():
                continue
            try:
                row = json.loads(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line)
            except (ValueError, RecursionError) as error:
                yield Trouble(f"{name}:{number}", "no valid JSON", f"{place}: {error}")
                continue
            yield rows.record(row, number)
            if rows.hopeless:
                return


def longest_row(settings: IngestSettings) -> int:
    """Bytes of the longest row that is read: escapes make JSON longer than its text."""
    return 3 * settings.max_bytes + MEBIBYTE


def _skip_line(file: BinaryIO) -> int:
    """Passes over the rest of a line, and says how long it was."""
    skipped = 0
    while part := file.readline(MEBIBYTE):
        skipped += len(part)
        if part.endswith(b"\n"):
            break
    return skipped


def read_list(path: Path, name: str, settings: IngestSettings) -> Iterator[Item]:
    """The rows of a JSON file that holds one list of objects."""
    from truing_core.jsontext import json_list

    rows, number = Rows(name, settings), 0
    with opened(path) as file:
        try:
            for number, row in json_list(file, path, longest_row(settings)):
                yield rows.record(row, number)
                if rows.hopeless:
                    return
        except InputError as error:
            yield Trouble(f"{name}:{number + 1}", "no valid JSON", error.problem, lost=True)


def read_parquet(path: Path, name: str, settings: IngestSettings) -> Iterator[Item]:
    """The rows of a Parquet file; of its columns only those that are used are read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path, memory_map=False, pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        detail = " ".join(str(error).split())
        yield Trouble(name, "damaged file", f"no valid Parquet file: {detail}", lost=True)
        return
    with file:
        rows = Rows(name, settings)
        number = 0
        for group in range(file.num_row_groups):
            first = number
            number += file.metadata.row_group(group).num_rows
            columns = _used(file.schema_arrow.names, rows)
            try:
                batches = file.iter_batches(_BATCH, row_groups=[group], columns=columns)
                for at, row in enumerate(
                    (row for batch in batches for row in batch.to_pylist()), 1
                ):
                    yield rows.record(row, first + at)
                    if rows.hopeless:
                        return
            except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
                detail = " ".join(str(error).split())
                place = f"{name}:{first + 1}-{number}"
                yield Trouble(place, "damaged record", f"row group {group}: {detail}")


def _used(names: list[str], rows: Rows) -> list[str] | None:
    """The columns to read; all of them where the text is not found, so that they can be named.

    Until a row tells which one holds the text, all that may are read.
    """
    texts = {rows.named or rows.field} if rows.named or rows.field else {*rows.candidates}
    if texts.isdisjoint(names):
        return None
    return [name for name in names if name in {*texts, *_URLS, *_DATES, *_LANGUAGES}]


class Rows:
    """Makes records of rows; the first that is not blank tells which field holds the text."""

    def __init__(self, name: str, settings: IngestSettings) -> None:
        from webr_synth.documents import TEXT_FIELDS

        self.candidates = TEXT_FIELDS
        self.named = settings.html_field or settings.text_field
        self.hopeless = False
        self._html = settings.html_field is not None
        self._name, self._most, self.field = name, settings.max_bytes, ""

    def record(self, row: Any, number: int) -> Item:
        """The record of a row; if the first has nowhere to hold a text, the file is hopeless."""
        source = f"{self._name}:{number}"
        if not isinstance(row, Mapping):
            return Trouble(source, "no valid row", f"expected an object, found {_kind(row)}")
        if not self.field and (blank := blank_field(row, self.named)):
            return Trouble(source, "no text", f"the field '{blank}' holds nothing")
        if not self.field:
            try:
                self.field = text_field(row, self.named, self._name, number)
            except InputError as error:
                problem = error.problem.removeprefix("no text: ")
                if self._html:
                    problem = problem.replace("--text-field", "--html-field")
                self.hopeless = True
                return Trouble(source, "no text field", problem, lost=True)
        text = row.get(self.field)
        if not isinstance(text, str) or not text:
            return Trouble(source, "no text", f"the field '{self.field}' holds {_kind(text)}")
        if len(text) > self._most or len(text.encode("utf-8", "replace")) > self._most:
            return too_large(source, self._most)
        url, date, language = (_first(row, names) for names in (_URLS, _DATES, _LANGUAGES))
        return RawRecord(source, "html" if self._html else "text", text, url, date, language)


def _first(row: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        value = row.get(name)
        if value in (None, ""):
            continue
        return str(value.isoformat() if hasattr(value, "isoformat") else value)[:4096]
    return None


def _kind(value: Any) -> str:
    if value is None or value == "":
        return "nothing"
    return {list: "a list", dict: "an object", str: "a string", bool: "a boolean"}.get(
        type(value), "a number"
    )
