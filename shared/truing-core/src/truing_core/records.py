"""Rows in and out: JSON Lines, JSON, Parquet, CSV (out only) and hub data sets.

    for number, row in read_rows("in.jsonl.gz"):
        item = parse_row(Item, row, path="in.jsonl.gz", row_number=number)
    count = write_rows("out.parquet", rows)

Reading streams, so a file may be larger than memory; writing is atomic. Every complaint names
the file and the row.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar, cast

from truing_core.errors import InputError, TruingError
from truing_core.files import atomic_file, encode_json, write_json, write_text
from truing_core.jsontext import json_lines, json_list

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

__all__ = ["parse_row", "read_hub", "read_rows", "write_json", "write_rows", "write_text"]

_LINES, _LIST, _PARQUET, _CSV = "JSON Lines", "JSON", "Parquet", "CSV"
_KINDS = {
    ".jsonl": _LINES,
    ".ndjson": _LINES,
    ".json": _LIST,
    ".parquet": _PARQUET,
    ".csv": _CSV,
}
_BATCH = 1024

if TYPE_CHECKING:
    Model = TypeVar("Model", bound=BaseModel)


def _kind(path: Path) -> tuple[str, bool]:
    """The format a name stands for, and whether it is gzipped."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    zipped = suffixes[-1:] == [".gz"]
    suffix = (suffixes[:-1] if zipped else suffixes)[-1:]
    kind = _KINDS.get(suffix[0] if suffix else "")
    if kind is None or (zipped and kind in (_PARQUET, _CSV)):
        raise InputError(
            "unknown kind of file; known are .jsonl, .ndjson, .json (each also with .gz), .parquet "
            "and, for results, .csv",
            path=path,
        )
    return kind, zipped


def read_rows(source: str | Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Reads the objects of a file, with 1-based numbers: of lines in JSON Lines, else of rows.

    A JSON file holds one list of objects. Memory stays bounded by the longest row (at most
    64 MB), whatever the size of the file. A byte-order mark and blank lines are passed over.

    Raises:
        InputError: At once if there is no such file or its kind is unknown; while reading if
            it is empty, cut off, not UTF-8, not JSON, or holds something else than objects.
    """
    path = Path(source)
    if path.is_dir():
        raise InputError("is a folder; name a file", path=path)
    if not path.exists():
        raise InputError("there is no such file", path=path)
    kind, zipped = _kind(path)
    if kind == _CSV:
        raise InputError("CSV is for results only; give .jsonl, .json or .parquet", path=path)
    if kind == _PARQUET:
        return _parquet_rows(path)
    return _text_rows(path, zipped, json_lines if kind == _LINES else json_list)


def _text_rows(path: Path, zipped: bool, parse: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    empty = True
    with _opened(path, zipped) as file:
        for number, row in parse(file, path):
            empty = False
            yield number, row
    if empty and parse is json_lines:
        raise InputError("the file is empty", path=path)


@contextmanager
def _opened(path: Path, zipped: bool) -> Iterator[BinaryIO]:
    import zlib

    try:
        with open(path, "rb") as file:
            if zipped:
                with gzip.open(file, "rb") as text:
                    yield cast(BinaryIO, text)
            else:
                yield file
    except EOFError:
        raise InputError("the compressed file seems cut off; fetch it again", path=path) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"no valid gzip file ({error})", path=path) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path=path) from error


def _parquet_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    pa = _pyarrow()
    import pyarrow.parquet as pq

    number = 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_BATCH):
                for row in batch.to_pylist():
                    number += 1
                    yield number, row
    except (pa.ArrowException, OSError) as error:
        text = " ".join(str(error).split())
        raise InputError(f"no valid Parquet file: {text}", path=path) from None


def _pyarrow() -> Any:
    try:
        import pyarrow
    except ImportError:
        raise TruingError(
            "Parquet files need pyarrow: pip install 'truing-core[parquet]', or use .jsonl"
        ) from None
    return pyarrow


def read_hub(
    repo_id: str, *, name: str | None = None, split: str = "train"
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Streams the rows of a data set on the Hugging Face hub, numbered from 1.

    Args:
        repo_id: ``owner/name``, or a local folder that ``datasets`` understands.
        name: The configuration, where there are several.
        split: The split.

    Raises:
        TruingError: ``datasets`` is not installed.
        InputError: There is no such data set, configuration or split, or no way to reach it.
    """
    try:
        import datasets
    except ImportError:
        raise TruingError("hub data sets need: pip install 'truing-core[hub]'") from None
    place = f"hub data set {repo_id}"
    try:
        rows = datasets.load_dataset(repo_id, name, split=split, streaming=True)
        for number, row in enumerate(rows, 1):
            yield number, dict(row)
    except (OSError, ValueError, datasets.exceptions.DatasetsError) as error:
        text = " ".join(str(error).split())[:300]
        raise InputError(f"cannot be read: {text}", path=place) from error


def write_rows(path: str | Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """Writes rows in the format the suffix names, atomically, and returns their number.

    JSON Lines and JSON stream. Parquet and CSV columns are the union of all rows' keys; nested
    values become JSON text in CSV.

    Raises:
        InputError: The suffix is unknown, a number is NaN where JSON cannot hold it, or the
            types of a Parquet column do not go together.
        TruingError: The place cannot be written; the old file stands unchanged.
    """
    path = Path(path)
    kind, zipped = _kind(path)
    if kind == _PARQUET:
        return _write_parquet(path, rows)
    if kind == _CSV:
        return _write_csv(path, rows)
    with atomic_file(path) as file:
        if not zipped:
            return _write_json_rows(file, rows, kind, path)
        with gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as packed:
            return _write_json_rows(cast(BinaryIO, packed), rows, kind, path)


def _write_json_rows(
    file: BinaryIO, rows: Iterable[Mapping[str, Any]], kind: str, path: Path
) -> int:
    count = 0
    before, after = (b"", b"\n") if kind == _LINES else (b"[\n", b"")
    for count, row in enumerate(rows, 1):
        try:
            file.write(before + encode_json(dict(row)) + after)
        except (TypeError, ValueError) as error:
            raise InputError(f"cannot be written as JSON: {error}", path=path, row=count) from None
        if kind == _LIST:
            before = b",\n"
    if kind == _LIST:
        file.write(b"\n]\n" if count else b"[]\n")
    return count


def _write_csv(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    rows = list(rows)
    columns = list(dict.fromkeys(key for row in rows for key in row))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    write_text(path, text.getvalue())
    return len(rows)


def _cell(value: Any) -> Any:
    return encode_json(value).decode() if isinstance(value, (dict, list, tuple)) else value


def _write_parquet(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    pa = _pyarrow()
    import pyarrow.parquet as pq

    tables: list[Any] = []
    source = iter(rows)
    try:
        while batch := list(islice(source, _BATCH)):
            tables.append(_table(batch, path))
        table = pa.concat_tables(tables, promote_options="permissive") if tables else pa.table({})
        with atomic_file(path) as file:
            pq.write_table(table, file, compression="zstd")
    except pa.ArrowException as error:
        text = " ".join(str(error).split())
        raise InputError(f"cannot be written as Parquet: {text}", path=path) from None
    return int(table.num_rows)


def _table(rows: list[Mapping[str, Any]], path: Path) -> Any:
    import pyarrow as pa

    arrays = {}
    for column in dict.fromkeys(key for row in rows for key in row):
        values = [row.get(column) for row in rows]
        if _clean(column) != column:
            raise InputError(
                "a column's name holds half of a character (a lone surrogate)",
                path=path,
                field=_clean(column),
            )
        try:
            arrays[column] = pa.array(values)
        except UnicodeEncodeError:  # Arrow text is UTF-8, which has no lone surrogates
            arrays[column] = pa.array(_clean(values))
        except OverflowError:
            raise InputError(
                "a whole number needs more than 64 bits; write JSON Lines, or make it a text",
                path=path,
                field=column,
            ) from None
        except pa.ArrowException as error:
            text = " ".join(str(error).split())
            raise InputError(f"not all of one type: {text}", path=path, field=column) from None
    return pa.table(arrays)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", errors="replace").decode()
    if isinstance(value, Mapping):
        return {_clean(key): _clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(item) for item in value]
    return value


def parse_row(
    model: type[Model], row: Mapping[str, Any], *, path: str | Path | None, row_number: int | None
) -> Model:
    """Validates a row against a pydantic model.

    Raises:
        InputError: It does not fit; the message names the first bad field.
    """
    from pydantic import ValidationError

    try:
        return model.model_validate(row)
    except ValidationError as error:
        raise _input_error(error, path, row_number) from None


def _input_error(
    error: ValidationError, path: str | Path | None, row_number: int | None
) -> InputError:
    first, *others = error.errors(include_url=False)
    problem = first["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    found = repr(first["input"])
    if first["type"] != "missing" and len(found) <= 80:
        problem += f" (found {found})"
    if others:
        problem += f" (and {len(others)} more)"
    field = ".".join(str(part) for part in first["loc"]) or None
    return InputError(problem, path=path, row=row_number, field=field)
