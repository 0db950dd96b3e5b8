"""Documents to disk: row groups as they fill, and the file in its place only when it is whole."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
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


def counts_place(output: Path) -> Path:
    """Where the funnel of an output goes."""
    return output.with_name(output.name + ".counts.json")


def check_places(inputs: Sequence[str], output: Path, errors: Path | None) -> None:
    """Refuses to write over an input, or twice to one place.

    What an earlier run has left in a folder that is read is no input, and may be replaced.

    Raises:
        UsageError: A place is an input, or two are the same.
    """
    counts = counts_place(output)
    written = [output, counts, *([errors] if errors else [])]
    for place in written:
        ours = counts.exists() if place == output else place == counts or _lists_errors(place)
        if any(_is_read(place, Path(given), ours) for given in inputs):
            raise UsageError(f"'{place}' is an input; name another place to write to")
    if len({os.path.realpath(place) for place in written}) < len(written):
        raise UsageError(f"--errors '{errors}' is where the output or its counts go; name another")


def _is_read(place: Path, given: Path, ours: bool) -> bool:
    if not place.exists() or not given.exists():
        return False
    if given.is_dir():
        return not ours and place.resolve().is_relative_to(given.resolve())
    return place.samefile(given)


def _lists_errors(place: Path) -> bool:
    """Whether a file is empty, or a list of errors."""
    try:
        with open(place, "rb") as file:
            line = file.readline(2**20)
        return not line or set(json.loads(line)) == {"source", "reason", "detail"}
    except (OSError, ValueError, TypeError):
        return False


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
