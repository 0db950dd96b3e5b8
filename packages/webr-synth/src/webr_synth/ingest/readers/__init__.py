"""Raw records of a source, one module a kind. A broken record is an item too, never an error."""

from __future__ import annotations

from collections.abc import Iterator

from webr_synth.ingest.raw import Item, Passed, Trouble
from webr_synth.ingest.settings import IngestSettings
from webr_synth.ingest.sources import Source
from webr_synth.ingest.streams import BombError, FaultyError

__all__ = ["read_source"]


def read_source(source: Source, settings: IngestSettings) -> Iterator[Item]:
    """Streams the records of a source; what goes wrong with the file itself ends it with a trouble.

    Memory is bounded by the longest record that the settings allow.
    """
    try:
        yield from _records(source, settings)
    except BombError as error:
        yield Trouble(source.name, "archive bomb", str(error), lost=True)
    except FaultyError as error:
        yield Trouble(source.name, "damaged file", str(error), lost=True)
    except OSError as error:
        detail = error.strerror or str(error)
        yield Trouble(source.name, "unreadable file", detail, lost=True)


def _records(source: Source, settings: IngestSettings) -> Iterator[Item]:
    from webr_synth.ingest.readers import archives, html, hub, tables, text, warc

    if source.kind == "hub":
        return hub.read(source.name, settings)
    if source.kind == "unreadable" or source.path is None:
        return iter([Trouble(source.name, "unreadable file", source.detail, lost=True)])
    if source.kind == "empty":
        return iter([Trouble(source.name, "empty file", "it has no bytes", lost=True)])
    if source.kind == "binary":
        return iter([Passed(source.name, "binary file")])
    readers = {
        "warc": warc.read,
        "html": html.read,
        "text": text.read,
        "zip": archives.read_zip,
        "tar": archives.read_tar,
        "json lines": tables.read_lines,
        "json list": tables.read_list,
        "parquet": tables.read_parquet,
    }
    return readers[source.kind](source.path, source.name, settings)
