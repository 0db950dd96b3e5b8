"""Plain text and Markdown: a file is a document."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from webr_synth.ingest.raw import Item, RawRecord, Trouble
from webr_synth.ingest.settings import IngestSettings
from webr_synth.ingest.streams import opened


def read(path: Path, name: str, settings: IngestSettings) -> Iterator[Item]:
    """The one record of a text file."""
    content = read_whole(path, settings.max_bytes)
    if content is None:
        yield too_large(name, settings.max_bytes)
    else:
        yield RawRecord(name, "text", content)


def read_whole(path: Path, most: int) -> bytes | None:
    """A file's bytes, decompressed; ``None`` if there are more than ``most``."""
    with opened(path) as file:
        content = file.read(most + 1)
    return content if len(content) <= most else None


def too_large(source: str, most: int) -> Trouble:
    """What is said of a record that is over the limit."""
    return Trouble(source, "too large", f"longer than {most:,} bytes (--max-bytes)")
