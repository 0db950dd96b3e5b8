"""HTML files: a file is a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from webr_synth.ingest.raw import Item, RawRecord
from webr_synth.ingest.readers.text import read_whole, too_large
from webr_synth.ingest.settings import IngestSettings

_BEGIN = 65_536
_LINK = re.compile(rb"<(?:link|meta)\s[^<>]{0,2000}>", re.IGNORECASE)
_CANONICAL = re.compile(rb"""(?:rel\s*=\s*["']?canonical|["']og:url["'])""", re.IGNORECASE)
_ADDRESS = re.compile(rb"""(?:href|content)\s*=\s*["'](https?://[^"'\s]{3,2000})["']""", re.I)


def read(path: Path, name: str, settings: IngestSettings) -> Iterator[Item]:
    """The one record of an HTML file."""
    content = read_whole(path, settings.max_bytes)
    if content is None:
        yield too_large(name, settings.max_bytes)
    else:
        yield page(name, content)


def page(source: str, content: bytes) -> RawRecord:
    """A page that came without headers; the address that it gives itself is its URL."""
    return RawRecord(source, "html", content, url=own_address(content))


def own_address(content: bytes) -> str | None:
    """The URL that a page names as its own."""
    for tag in _LINK.finditer(content[:_BEGIN]):
        if _CANONICAL.search(tag[0]) and (address := _ADDRESS.search(tag[0])):
            return address[1].decode("utf-8", errors="replace")
    return None
