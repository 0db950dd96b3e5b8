"""Documents in Parquet files, here or in object storage, and the blocks they are cut into.

A block is so many rows in a row. Which rows it has hangs on the files and on the block size alone,
so every worker that is given a block, on whatever machine and however often, reads the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from truing_core.errors import InputError, TruingError
from webr_synth.documents import TEXT_FIELDS, Document, blank_field, document_of, text_field

_COLUMNS = ("doc_id", "url", "date", "language", "source")
_AT_ONCE = 16
_BATCH = 512


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows of one file, from ``start`` up to, not including, ``stop``."""

    file: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Block:
    """The unit of work: consecutive rows, which may lie in several files."""

    number: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Corpus:
    """Parquet files with documents.

    Attributes:
        place: As the user names them: a file, a folder, or an address such as ``s3://...``.
        files: Their paths, sorted.
        sizes: Rows of each file that are read.
        field: The field that holds the text.
    """

    place: str
    files: tuple[str, ...]
    sizes: tuple[int, ...]
    field: str

    @classmethod
    def open(cls, place: str, field: str | None = None, limit: int | None = None) -> Corpus:
        """Finds the files and reads how many rows they have.

        Args:
            place: A file, a folder with ``.parquet`` files at any depth, or an address of one.
            field: The field that holds the text; by default it is looked for.
            limit: How many rows are read at most.

        Raises:
            InputError: There is no such place, no Parquet file or no row in it, or a file cannot
                be read or has no text.
        """
        system, path = _file_system(place)
        files = _files(system, path, place)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            heads = list(pool.map(partial(_head, system), files))
        found: str | None = None
        for file, (rows, columns) in zip(files, heads, strict=True):
            if rows:
                known = found or field
                found = text_field(dict.fromkeys(columns, ""), known, file, 1)
                if known is None:
                    found = _first_text(system, file, columns) or found
        if found is None:
            raise InputError("there is no document in it", path=place)
        sizes, left = [], limit
        for rows, _ in heads:
            taken = rows if left is None else min(rows, left)
            sizes.append(taken)
            left = None if left is None else left - taken
        return cls(place, tuple(files), tuple(sizes), found)

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(self.sizes)

    def blocks(self, size: int) -> list[Block]:
        """All rows, so many to a block."""
        blocks: list[list[Piece]] = [[]]
        room = size
        for file, rows in zip(self.files, self.sizes, strict=True):
            start = 0
            while start < rows:
                if not room:
                    blocks.append([])
                    room = size
                stop = min(rows, start + room)
                blocks[-1].append(Piece(file, start, stop))
                room -= stop - start
                start = stop
        return [Block(number, tuple(pieces)) for number, pieces in enumerate(blocks) if pieces]

    def read(self, pieces: Sequence[Piece]) -> Iterator[Document]:
        """Streams the documents of some rows; rows without text are passed over.

        Raises:
            InputError: A file cannot be read.
        """
        system, _ = _file_system(self.place)
        for piece in pieces:
            name = PurePosixPath(piece.file).name
            for number, row in _rows(system, piece, self.field):
                document = document_of(row, self.field, source=f"{name}:{number}")
                if document is not None:
                    yield document

    def documents(self) -> Iterator[Document]:
        """All of them, from the first."""
        pieces = zip(self.files, self.sizes, strict=True)
        yield from self.read([Piece(file, 0, rows) for file, rows in pieces])


def _file_system(place: str) -> tuple[Any, str]:
    try:
        from pyarrow.fs import FileSystem, LocalFileSystem
    except ImportError:
        raise TruingError("Parquet files need pyarrow: pip install 'webr-synth'") from None
    if "://" not in place:
        return LocalFileSystem(), os.path.abspath(place)
    with _sentences(place):
        system, path = FileSystem.from_uri(place)
    return system, str(path)


def _files(system: Any, path: str, place: str) -> list[str]:
    from pyarrow.fs import FileSelector, FileType

    with _sentences(place):
        info = system.get_file_info(path)
        if info.type == FileType.NotFound:
            raise InputError("there is no such file or folder", path=place)
        if info.type == FileType.File:
            if not path.lower().endswith(".parquet"):
                raise InputError("--executor ray reads Parquet; ingest writes it", path=place)
            return [path]
        inside = system.get_file_info(FileSelector(path, recursive=True))
    files = sorted(
        each.path
        for each in inside
        if each.type == FileType.File
        and each.extension.lower() == "parquet"
        # Spark, Hive and others begin the names of what is no data so.
        and not each.base_name.startswith((".", "_"))
    )
    if not files:
        raise InputError("the folder holds no .parquet file", path=place)
    return files


def _head(system: Any, file: str) -> tuple[int, list[str]]:
    """The number of rows, and the names of the columns that hold text."""
    import pyarrow as pa

    with _opened(system, file) as parquet:
        schema = parquet.schema_arrow
        kinds = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
        texts = [each.name for each in schema if any(kind(each.type) for kind in kinds)]
        return parquet.metadata.num_rows, texts or list(schema.names)


def _first_text(system: Any, file: str, columns: Sequence[str]) -> str | None:
    """Of several columns that may hold the text, the first that does, as on one machine."""
    several = [name for name in TEXT_FIELDS if name in columns]
    if len(several) > 1:
        with _opened(system, file) as parquet:
            for batch in parquet.iter_batches(_BATCH, columns=several):
                for row in batch.to_pylist():
                    if not blank_field(row, None):
                        return text_field(row, None, file, 1)
    return None


def _rows(system: Any, piece: Piece, field: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows with 1-based numbers; reads only the row groups that hold some of them."""
    with _opened(system, piece.file) as parquet:
        groups: list[int] = []
        position = end = 0
        for group in range(parquet.metadata.num_row_groups):
            begin, end = end, end + parquet.metadata.row_group(group).num_rows
            if begin < piece.stop and end > piece.start:
                position = position if groups else begin
                groups.append(group)
        columns = [name for name in (field, *_COLUMNS) if name in parquet.schema_arrow.names]
        for batch in parquet.iter_batches(_BATCH, row_groups=groups, columns=columns):
            first = max(piece.start - position, 0)
            last = min(piece.stop - position, batch.num_rows)
            if first < last:
                wanted = batch.slice(first, last - first).to_pylist()
                yield from enumerate(wanted, position + first + 1)
            position += batch.num_rows
            if position >= piece.stop:
                return


@contextmanager
def _opened(system: Any, file: str) -> Iterator[Any]:
    import pyarrow.parquet as pq

    with _sentences(file), system.open_input_file(file) as source, pq.ParquetFile(source) as opened:
        yield opened


@contextmanager
def _sentences(place: str) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError) as error:
        text = " ".join(str(error).split())[:300]
        raise InputError(f"cannot be read: {text}", path=place) from None
