"""Documents to disk: row groups as they fill, and the file in its place only when it is whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from truing_core.errors import UsageError
from truing_core.files import atomic_file, encode_json
from webr_synth.documents import Document

GROUP_CHARS, GROUP_ROWS = 8 * 2**20, 10_000
_COLUMNS = ("doc_id", "text", "url", "date", "language", "source")


class Sink(Protocol):
    """Takes documents one by one."""

    def write(self, document: Document) -> None:
        """Adds a document."""
        ...


def check_output(path: Path) -> None:
    """Refuses names that no format goes by, before the work is done.

    Raises:
        UsageError: The suffix is neither .parquet nor .jsonl, or the place is a folder.
    """
    if path.suffix.lower() not in (".parquet", ".jsonl"):
        raise UsageError(f"--output '{path}': name a .parquet or a .jsonl file")
    if path.is_dir():
        raise UsageError(f"--output '{path}' is a folder; name a file in it")


@contextmanager
def documents_file(path: Path) -> Iterator[Sink]:
    """Opens the output in the format of its suffix.

    Raises:
        TruingError: The disk is full, or the place cannot be written; what stood there before
            stands unchanged.
    """
    with atomic_file(path) as file:
        if path.suffix.lower() == ".jsonl":
            yield _Lines(file)
            return
        sink = _Groups(file)
        try:
            yield sink
        except BaseException:
            sink.abandon()
            raise
        sink.close()


class _Lines:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, document: Document) -> None:
        self._file.write(encode_json(document.row()) + b"\n")


class _Groups:
    """Row groups of bounded size."""

    def __init__(self, file: BinaryIO) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._schema = pa.schema([(name, pa.string()) for name in _COLUMNS])
        self._writer = pq.ParquetWriter(file, self._schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []
        self._chars = 0

    def write(self, document: Document) -> None:
        self._rows.append(document.row())
        self._chars += len(document.text)
        if self._chars >= GROUP_CHARS or len(self._rows) >= GROUP_ROWS:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
        self._rows, self._chars = [], 0

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def abandon(self) -> None:
        """After an error: no footer, for the disk may be full; the file is thrown away anyway."""
        self._rows = []
        self._writer.is_open = False
