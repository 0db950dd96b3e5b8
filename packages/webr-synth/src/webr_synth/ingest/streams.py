"""Compressed files as streams that cannot swell without end."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

GZIP, BZIP2, XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"
_PACKED = (GZIP, BZIP2, XZ)
MOST_SWELLING = 100
FREE_BYTES = 64 * 2**20


class BombError(Exception):
    """A compressed file has grown far beyond what text does."""


class FaultyError(Exception):
    """A compressed file is cut off or damaged."""


def is_packed(path: Path) -> bool:
    """Whether a file is gzip, bzip2 or xz by its first bytes.

    Raises:
        OSError: It cannot be opened.
    """
    with open(path, "rb") as file:
        return file.read(6).startswith(_PACKED)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A file's bytes, decompressed if it is gzip, bzip2 or xz by its first bytes.

    Yields:
        A stream to read from. Reading raises :class:`BombError` once more than a hundred times
        the file's size has come out (and over 64 MB), :class:`FaultyError` where the compressed
        data is damaged.

    Raises:
        OSError: The file cannot be opened.
    """
    with open(path, "rb") as file:
        head = file.peek(6)
        if not head.startswith(_PACKED):
            yield file
            return
        size = path.stat().st_size
        with _decompressor(file, head) as unpacked:
            guarded = _Guarded(unpacked, max(FREE_BYTES, MOST_SWELLING * size))
            yield cast(BinaryIO, io.BufferedReader(guarded, 2**17))


def _decompressor(file: BinaryIO, head: bytes) -> BinaryIO:
    if head.startswith(GZIP):
        import gzip

        return cast(BinaryIO, gzip.GzipFile(fileobj=file))
    if head.startswith(BZIP2):
        import bz2

        return cast(BinaryIO, bz2.BZ2File(file))
    import lzma

    return cast(BinaryIO, lzma.LZMAFile(file))


class _Guarded(io.RawIOBase):
    """Counts what comes out."""

    def __init__(self, source: BinaryIO, most: int) -> None:
        self._source, self._left, self._most = source, most, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = _read(self._source, len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise BombError(f"it unpacks to more than {self._most // 2**20:,} MB")
        buffer[: len(data)] = data
        return len(data)


def _read(source: BinaryIO, size: int) -> bytes:
    import lzma
    import zlib

    try:
        return source.read(size)
    except EOFError:
        raise FaultyError("the compressed data is cut off") from None
    except (zlib.error, lzma.LZMAError, OSError, ValueError) as error:
        raise FaultyError(f"the compressed data is damaged ({error})") from None
