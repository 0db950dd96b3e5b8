"""What is done to one record: characters, text, filters. It runs in a worker, and never raises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from webr_synth.documents import Document, document_id
from webr_synth.ingest.charset import decoded
from webr_synth.ingest.cleaning import clean
from webr_synth.ingest.filters import Draft, build_filters
from webr_synth.ingest.panics import reraise_unless_panic
from webr_synth.ingest.raw import RawRecord
from webr_synth.ingest.settings import IngestSettings

Stage = Literal["kept", "bad", "empty", "filtered"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a record.

    Attributes:
        stage: Whether it was kept, could not be read, held no text, or was filtered.
        document: The document, if it was kept.
        name: The filter that rejected it, or why it could not be read.
        detail: The filter's rule, or what exactly was wrong.
    """

    stage: Stage
    document: Document | None = None
    name: str = ""
    detail: str = ""


Work = Callable[[RawRecord], Outcome]


def make_work(settings: IngestSettings) -> Work:
    """The function that a worker applies to each record.

    Raises:
        InputError: The blocklist cannot be read.
    """
    from webr_synth.ingest.extraction import load_extractor

    extract = load_extractor(settings.extractor)
    filters = build_filters(settings)
    # By its URL a page can be left out before it is parsed.
    first = [each for name, each in filters if name == "blocklist"]
    rest = [(name, each) for name, each in filters if name != "blocklist"]

    def work(record: RawRecord) -> Outcome:
        draft = Draft("", record.url, record.language)
        for blocked in first:
            if rule := blocked(draft):
                return Outcome("filtered", None, "blocklist", rule)
        content = record.content
        text = decoded(content, record.charset) if isinstance(content, bytes) else content
        if text is None:
            return Outcome("bad", None, "binary content", "it says it is text, and is not")
        draft.rewrite(clean(extract(text) if record.kind == "html" else text))
        if not draft.text:
            return Outcome("empty")
        for name, each in rest:
            if rule := each(draft):
                return Outcome("filtered", None, name, rule)
        if not draft.text:
            return Outcome("empty")
        return Outcome("kept", _document(draft, record))

    def careful(record: RawRecord) -> Outcome:
        try:
            return work(record)
        except MemoryError:
            return Outcome("bad", None, "too much memory", "its text could not be extracted")
        except BaseException as error:  # parsers fail in ways of their own on what is no page
            reraise_unless_panic(error)
            detail = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
            return Outcome("bad", None, "not extractable", detail)

    return careful


def _document(draft: Draft, record: RawRecord) -> Document:
    return Document(
        document_id(draft.text),
        draft.text,
        url=_plain(record.url),
        date=_plain(record.date),
        language=_plain(draft.language),
        source=_plain(record.source),
    )


def _plain(value: str | None) -> str | None:
    """Names from archives and headers may hold what UTF-8 cannot."""
    if value is None:
        return None
    return value.encode("utf-8", errors="replace").decode()
