"""A web document, as ``ingest`` writes it and ``run`` reads it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from truing_core.errors import InputError

TEXT_FIELDS = ("text", "webpage", "content", "raw_content", "body", "document", "markdown")
"""Where a document's text is looked for, the likeliest first."""
_ID = re.compile("[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Document:
    """A document.

    Attributes:
        doc_id: Sixteen hex digits of the normalised text's hash; see :func:`document_id`.
        text: The text.
        url: Where it was fetched from.
        date: When, in ISO 8601.
        language: ISO 639 code; ``None`` if it could not be told.
        source: The file it was read from, and where in it.
    """

    doc_id: str
    text: str
    url: str | None = None
    date: str | None = None
    language: str | None = None
    source: str | None = None

    def row(self) -> dict[str, Any]:
        """As ``docs.parquet`` holds it."""
        return asdict(self)


def document_id(text: str) -> str:
    """The id of a text: what differs in white space or in Unicode's forms alone is the same."""
    normal = " ".join(unicodedata.normalize("NFKC", text).split())
    return sha256(normal.encode("utf-8", errors="replace")).hexdigest()[:16]


def text_field(row: Mapping[str, Any], wanted: str | None, path: Path | str, number: int) -> str:
    """The field of a row that holds its text.

    Raises:
        InputError: There is none; the message names the fields that were seen.
    """
    names = (wanted,) if wanted else TEXT_FIELDS
    for name in names:
        if isinstance(row.get(name), str):
            return name
    seen = ", ".join(map(str, list(row)[:12])) or "none"
    looked = f"'{wanted}'" if wanted else f"one of {', '.join(TEXT_FIELDS)}"
    raise InputError(
        f"no text: expected {looked} to hold it, found the fields {seen}; name it with "
        "--text-field",
        path=path,
        row=number,
    )


def blank_field(row: Mapping[str, Any], wanted: str | None) -> str | None:
    """The field that would hold the text of a row, but holds null; ``None`` if there is none."""
    names = (wanted,) if wanted else TEXT_FIELDS
    if any(isinstance(row.get(name), str) for name in names):
        return None
    return next((name for name in names if name in row and row[name] is None), None)


def document_of(
    row: Mapping[str, Any], field: str, *, source: str | None = None
) -> Document | None:
    """The document of a row; ``None`` where its text is missing or blank.

    A ``doc_id`` that the row brings, as those of ``ingest`` do, is taken for what it is.
    """
    text = row.get(field)
    if not isinstance(text, str) or not text.strip():
        return None
    own = row.get("doc_id")
    return Document(
        own if isinstance(own, str) and _ID.fullmatch(own) else document_id(text),
        text,
        _text_or_none(row.get("url")),
        _text_or_none(row.get("date")),
        _text_or_none(row.get("language")),
        _text_or_none(row.get("source")) or source,
    )


def read_documents(path: Path, text_name: str | None = None) -> Iterator[Document]:
    """Streams the documents of a JSONL, JSON or Parquet file; rows without text are passed over.

    Args:
        path: The file.
        text_name: The field that holds the text; by default it is looked for in the first row in
            which one is not null.

    Raises:
        InputError: The file cannot be read, or that row has no text.
    """
    from truing_core.records import read_rows

    field: str | None = None
    for number, row in read_rows(path):
        if field is None:
            if blank_field(row, text_name):
                continue
            field = text_field(row, text_name, path, number)
        document = document_of(row, field, source=f"{path.name}:{number}")
        if document is not None:
            yield document


def _text_or_none(value: Any) -> str | None:
    return str(value) if value not in (None, "") else None
