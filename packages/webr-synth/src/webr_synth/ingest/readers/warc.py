"""WARC and WET files, compressed record by record or as a whole, by fastwarc.

fastwarc gives up at the first fault. Here the next record behind it is looked for, by the bytes
that a record begins with, and reading goes on from there. A record that is far too large is not
unpacked to be passed over, but jumped in the same way; so a bomb costs no more than its own bytes.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from webr_synth.ingest.panics import is_panic
from webr_synth.ingest.raw import Item, Passed, RawRecord, Trouble
from webr_synth.ingest.readers.text import too_large
from webr_synth.ingest.settings import MEBIBYTE, IngestSettings

_START, _GZIP = b"WARC/", b"\x1f\x8b\x08"
_MARK = re.compile(rb"WARC/[0-9]|\x1f\x8b\x08")
_CHUNK = MEBIBYTE
_FIRST_CHUNK = 8 * 1024  # the next record is often near
JUMP_OVER = 1024 * MEBIBYTE
_FAULTS = (OSError, ValueError, EOFError, OverflowError)
_LOOK = 1024
_PAGES, _TEXTS = ("text/html", "application/xhtml+xml"), ("text/plain", "text/markdown")


class _JumpError(Exception):
    """The record at hand is not worth unpacking."""


def read(path: Path, name: str, settings: IngestSettings) -> Iterator[Item]:
    """The pages and texts of a WARC file; other records and answers are passed over."""
    with open(path, "rb") as file:
        start: int | None = 0
        pending: Trouble | None = None
        while start is not None:
            last: int | None = None
            whole = True
            try:
                for at, read_whole, item in _from(file, start, name, settings):
                    last, whole = at, read_whole
                    if pending is not None:
                        yield pending
                        pending = None
                    if item is not None:
                        yield item
            except _JumpError:
                yield Trouble(f"{name}:{last}", "too large", "what its gzip member holds is lost")
            except BaseException as error:
                if not isinstance(error, _FAULTS) and not is_panic(error):
                    raise
                detail = str(error) or type(error).__name__
                if last is None or not whole:
                    pending = None
                    bad = start if last is None else last
                    yield Trouble(f"{name}:{bad}", "damaged record", detail)
                else:  # what is wrong begins somewhere behind the last good record
                    pending = Trouble(f"{name}:{last}", "damaged record", f"after it: {detail}")
            else:
                break
            start = next_record(file, (start if last is None else last) + 1)
        if pending is not None:
            yield pending


def _from(
    file: BinaryIO, start: int, name: str, settings: IngestSettings
) -> Iterator[tuple[int, bool, Item | None]]:
    """The records from an offset on: each once before it is read, and once with its item."""
    from fastwarc.warc import ArchiveIterator

    file.seek(start)
    packed = file.read(len(_START)) != _START
    before, again = -1, 0
    for record in ArchiveIterator(_Part(file, start), parse_http=False, strict_mode=False):
        at = start + int(record.stream_pos)
        # All records in a file that was compressed as a whole begin where it does.
        again = again + 1 if at == before else 0
        before = at
        source = f"{name}:{at}+{again}" if again else f"{name}:{at}"
        yield at, False, None
        if packed and record.content_length > JUMP_OVER:
            raise _JumpError
        yield at, True, _item(record, source, settings.max_bytes)


class _Part:
    """A file from an offset on, as if it began there."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        self._file, self._start = file, start
        file.seek(start)

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size if size >= 0 else _CHUNK)

    def tell(self) -> int:
        return self._file.tell() - self._start

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset + (0 if whence else self._start), whence) - self._start

    def close(self) -> None: ...


def _item(record: Any, source: str, most: int) -> Item | None:
    from fastwarc.warc import conversion, resource, response

    if record.record_type not in (response, resource, conversion):
        return None
    headers = record.headers
    about = {"url": headers.get("WARC-Target-URI"), "date": headers.get("WARC-Date")}
    charset, kind = None, (headers.get("Content-Type") or "").split(";")[0].strip().lower()
    encodings: list[str] = []
    if record.record_type == response:
        if not record.is_http:
            return Passed(source, "not HTTP")
        record.parse_http(strict_mode=False)
        answer = record.http_headers
        if answer is None or answer.status_code is None:
            return Trouble(source, "damaged record", "no HTTP headers")
        if not 200 <= answer.status_code < 300:
            return Passed(source, "HTTP status not 200")
        kind, charset = (record.http_content_type or "").lower(), record.http_charset
        encodings = _encodings(answer)
    if kind and kind not in _PAGES + _TEXTS:
        return Passed(source, "not text")
    expected = record.content_length
    if expected > most:
        return too_large(source, most)
    content = record.reader.read(most + 1)
    if len(content) < expected:
        return Trouble(source, "truncated", f"{len(content):,} of {expected:,} bytes")
    unpacked = _unpacked(content, encodings, most)
    if isinstance(unpacked, str):
        return Trouble(source, "damaged record", unpacked)
    if len(unpacked) > most:
        return too_large(source, most)
    if not unpacked:
        return Trouble(source, "empty record", "it has no bytes")
    markup = kind in _PAGES or (not kind and b"<" in unpacked[:512])
    return RawRecord(source, "html" if markup else "text", unpacked, charset=charset, **about)


def _encodings(headers: Any) -> list[str]:
    """How the body was packed, the last step first."""
    found: list[str] = []
    for name in ("Transfer-Encoding", "Content-Encoding"):
        steps = (headers.get(name) or "").lower().split(",")
        found += [step.strip() for step in reversed(steps) if step.strip()]
    return found


def _unpacked(content: bytes, encodings: list[str], most: int) -> bytes | str:
    """The body; what is wrong where it cannot be unpacked. At most one byte more than allowed."""
    from fastwarc.stream_io import BrotliReader, ChunkedReader

    for encoding in encodings:
        try:
            if encoding == "chunked" and _is_chunked(content):
                content = ChunkedReader(io.BytesIO(content)).read(most + 1)
            elif encoding in ("gzip", "x-gzip") and content.startswith(_GZIP):
                content = zlib.decompressobj(31).decompress(content, most + 1)
            elif encoding == "deflate" and not content.lstrip().startswith(b"<"):
                window = 15 if content[:1] == b"\x78" else -15
                content = zlib.decompressobj(window).decompress(content, most + 1)
            elif encoding == "br" and not content.lstrip().startswith(b"<"):
                content = BrotliReader(io.BytesIO(content)).read(most + 1)
        except (OSError, ValueError, EOFError, zlib.error) as error:
            return f"its {encoding} encoding is broken: {error}"
    return content


def _is_chunked(content: bytes) -> bool:
    """Many archives keep the header, but store the body already put together."""
    size = content[:20].split(b"\r\n")[0].split(b";")[0].strip()
    return 0 < len(size) <= 8 and all(mark in b"0123456789abcdefABCDEF" for mark in size)


def next_record(file: BinaryIO, start: int) -> int | None:
    """Offset of the first record at or behind an offset; ``None`` if there is none."""
    file.seek(start)
    base, window, size = start, b"", _FIRST_CHUNK
    while chunk := file.read(size):
        window += chunk
        # What begins at the very end is looked at with what follows it.
        found = _first(window, len(window) - _LOOK)
        if found is not None:
            return base + found
        keep = max(0, len(window) - _LOOK)
        base, window, size = base + keep, window[keep:], min(2 * size, _CHUNK)
    found = _first(window, len(window))
    return None if found is None else base + found


def _first(window: bytes, end: int) -> int | None:
    """Where the first record begins, before ``end``."""
    for mark in _MARK.finditer(window):
        if mark.start() >= end:
            return None
        if _begins(window[mark.start() : mark.start() + _LOOK]):
            return mark.start()
    return None


def _begins(data: bytes) -> bool:
    """Whether a record, plain or compressed, begins at such a mark."""
    if data.startswith(_START):
        return True
    try:
        return zlib.decompressobj(31).decompress(data, 16).startswith(_START)
    except zlib.error:
        return False
