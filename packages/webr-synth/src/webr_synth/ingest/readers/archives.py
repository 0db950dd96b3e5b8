"""Archives of pages and texts, read member by member; nothing is ever extracted to disk."""

from __future__ import annotations

import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from webr_synth.ingest.raw import Item, Passed, RawRecord, Trouble
from webr_synth.ingest.readers.html import page
from webr_synth.ingest.readers.text import too_large
from webr_synth.ingest.settings import IngestSettings
from webr_synth.ingest.sources import text_kind
from webr_synth.ingest.streams import BombError, FaultyError, opened

MOST_DIRECTORY = 256 * 2**20
_END = struct.Struct("<4s4H2LH")
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


def read_zip(path: Path, name: str, settings: IngestSettings) -> Iterator[Item]:
    """The pages and texts of a ZIP file."""
    _check_directory(path)
    try:
        archive = zipfile.ZipFile(path)
    except (*_DAMAGE, UnicodeDecodeError, struct.error) as error:
        yield Trouble(name, "damaged file", f"no valid ZIP file ({error})", lost=True)
        return
    with archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            source = f"{name}:{info.filename}"
            try:
                with archive.open(info) as member:
                    content = member.read(settings.max_bytes + 1)
            except (*_DAMAGE, OSError) as error:
                # An encrypted member is a RuntimeError, an unknown method a NotImplementedError.
                yield Trouble(source, "damaged record", str(error) or type(error).__name__)
                continue
            yield _record(source, info.filename, content, settings.max_bytes)


def _check_directory(path: Path) -> None:
    """Refuses a directory of entries that would not fit into memory."""
    with open(path, "rb") as file:
        file.seek(max(0, path.stat().st_size - 65_535 - _END.size))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at >= 0 and len(tail) - at >= _END.size:
        size = _END.unpack_from(tail, at)[5]
        if MOST_DIRECTORY < size < 0xFFFFFFFF:
            raise BombError(f"its directory alone is {size // 2**20:,} MB")


def read_tar(path: Path, name: str, settings: IngestSettings) -> Iterator[Item]:
    """The pages and texts of a tar file, compressed or not, in one pass."""
    with opened(path) as file:
        try:
            with tarfile.open(fileobj=file, mode="r|") as archive:
                yield from _members(archive, name, settings)
        except (tarfile.TarError, UnicodeError, ValueError) as error:
            raise FaultyError(f"the archive is cut off or damaged ({error})") from None


def _members(archive: tarfile.TarFile, name: str, settings: IngestSettings) -> Iterator[Item]:
    for info in archive:
        archive.members = []  # type: ignore[attr-defined]  # tarfile would keep them all
        if not info.isreg():
            continue
        member: BinaryIO | None = archive.extractfile(info)  # type: ignore[assignment]
        if member is None:
            continue
        content = member.read(min(info.size, settings.max_bytes + 1))
        source = f"{name}:{info.name}"
        if len(content) < min(info.size, settings.max_bytes + 1):
            yield Trouble(source, "truncated", f"{len(content):,} of {info.size:,} bytes")
            continue
        yield _record(source, info.name, content, settings.max_bytes)


def _record(source: str, member: str, content: bytes, most: int) -> Item:
    if len(content) > most:
        return too_large(source, most)
    if not content:
        return Trouble(source, "empty record", "it has no bytes")
    kind = text_kind(content[:4096], PurePosixPath(member).suffix.lower())
    if kind == "html":
        return page(source, content)
    if kind == "text":
        return RawRecord(source, "text", content)
    return Passed(source, "not text")
