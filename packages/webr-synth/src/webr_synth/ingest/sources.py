"""What is to be read: files found in folders, each with its kind, told by content."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from truing_core.errors import InputError
from webr_synth.ingest.streams import BombError, FaultyError, opened

HUB = "hub:"
_HEAD = 4096
_ZIP, _ZSTD, _TAR_AT, _TAR = b"PK\x03\x04", b"\x28\xb5\x2f\xfd", 257, b"ustar"
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
# Possessive throughout: what stands before the tag can be read in one way only.
_HTML = re.compile(
    rb"\s*+(?:<\?xml[^>]*+>\s*+)?+(?:<!--(?:(?!-->).){0,2000}+-->\s*+)*+"
    rb"<(?:!doctype\s+html|html|head|body|title|meta|div|article|main|p|h1|table)[\s>/]",
    re.IGNORECASE | re.DOTALL,
)
_OBJECT, _LIST = re.compile(rb'\s*\{\s*(?:"|\}|$)'), re.compile(rb"\s*\[\s*(?:\{|\]|$)")
_TEXT_NAMES = {".txt", ".md", ".markdown", ".rst", ".text"}
_HTML_NAMES = {".html", ".htm", ".xhtml", ".shtml"}
_LINES_NAMES, _LIST_NAMES = {".jsonl", ".ndjson"}, {".json"}
_WARC_NAMES = {".warc", ".wet"}
_MOST_NULS = 0.02  # a text may hold some that a program has left there
_PACKED = {".gz", ".bz2", ".xz"}


@dataclass(frozen=True, slots=True)
class Source:
    """One input.

    Attributes:
        name: As errors and documents name it.
        kind: ``warc``, ``html``, ``text``, ``json lines``, ``json list``, ``parquet``, ``zip``,
            ``tar``, ``hub``; or why it will not be read: ``empty``, ``binary``, ``unreadable``.
        size: Bytes on disk; ``None`` on the hub.
        path: The file; ``None`` on the hub.
        detail: What is wrong with one that is unreadable.
    """

    name: str
    kind: str
    size: int | None = None
    path: Path | None = None
    detail: str = ""


def check_inputs(inputs: Sequence[str]) -> None:
    """Refuses what is not there before any work is done.

    Raises:
        InputError: A named file or folder is not there, or a folder holds nothing.
    """
    for given in inputs:
        path = Path(given)
        if given.startswith(HUB):
            continue
        if not path.exists():
            raise InputError(
                f"there is no such file or folder; a data set of the hub is '{HUB}owner/name'",
                path=given,
            )
        if path.is_dir() and next(_walk(path), None) is None:
            raise InputError("the folder holds no files", path=given)


def find_sources(inputs: Sequence[str], skip: Sequence[Path] = ()) -> Iterator[Source]:
    """The inputs in order; folders are walked by name, hidden files in them passed over.

    Args:
        inputs: Files, folders and ``hub:owner/name``.
        skip: Files to leave out, such as the output, should it lie in such a folder.
    """
    own = {os.path.realpath(path) for path in skip}
    for given in inputs:
        path = Path(given)
        if given.startswith(HUB):
            yield Source(given, "hub")
        elif not path.is_dir():
            yield told(path, path.name)
        else:
            base = path.resolve().name
            for file in _walk(path):
                if os.path.realpath(file) not in own:
                    yield told(file, f"{base}/{file.relative_to(path)}")


def _walk(folder: Path) -> Iterator[Path]:
    """Files in a fixed order; links to folders are not followed, for they may go round."""
    for base, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith("."):
                yield Path(base, name)


def told(path: Path, name: str) -> Source:
    """A file with its kind, which its first bytes tell, and its name where they cannot."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return Source(name, "unreadable", 0, path, "it is no regular file")
        size = status.st_size
        with open(path, "rb") as file:
            raw = file.read(_HEAD)
    except OSError as error:
        return Source(name, "unreadable", 0, path, error.strerror or str(error))
    kind = _raw_kind(raw, path) or _inner_kind(path)
    return Source(name, kind, size, path)


def _raw_kind(head: bytes, path: Path) -> str | None:
    if not head:
        return "empty"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(_ZIP):
        return "zip"
    if head.startswith(_ZSTD):
        return "warc" if _inner_suffix(path, {".zst"}) in _WARC_NAMES else "binary"
    return None


def _inner_kind(path: Path) -> str:
    """The kind of what is in the file once it is decompressed."""
    suffix = _inner_suffix(path, _PACKED)
    try:
        with opened(path) as file:
            head = file.read(_HEAD)
    except (FaultyError, BombError, OSError):
        head = b""
        if suffix not in _WARC_NAMES | _LINES_NAMES | _LIST_NAMES | {".tar", ".tgz"}:
            return "binary"
    if head.startswith(b"WARC/") or (suffix in _WARC_NAMES and b"WARC/" in head):
        return "warc"
    if head[_TAR_AT : _TAR_AT + 5] == _TAR or suffix in (".tar", ".tgz"):
        return "tar"
    if suffix in _WARC_NAMES:
        return "warc"
    return text_kind(head, suffix)


def text_kind(head: bytes, suffix: str) -> str:
    """Whether a text is a page, rows, or plain; names decide first where they can be right."""
    marked = head.startswith(_BOMS)
    if suffix in _LIST_NAMES:
        return "json lines" if _OBJECT.match(_unmarked(head)) else "json list"
    if suffix in _LINES_NAMES:
        return "json lines"
    if not marked and head.count(0) > _MOST_NULS * len(head):
        return "binary"
    if suffix in _HTML_NAMES or _HTML.match(_unmarked(head)):
        return "html"
    if suffix in _TEXT_NAMES:
        return "text"
    if _OBJECT.match(head):
        return "json lines"
    return "json list" if _LIST.match(head) else "text"


def _unmarked(head: bytes) -> bytes:
    """Without byte-order mark; of UTF-16 the characters that ASCII has."""
    for mark in _BOMS:
        if head.startswith(mark):
            return head[len(mark) :].replace(b"\0", b"") if len(mark) == 2 else head[len(mark) :]
    return head


def _inner_suffix(path: Path, packed: set[str]) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in packed:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""
