"""Rows to train on as a data set: from a file or the hub."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq

from truing_core.errors import InputError, UsageError
from truing_core.records import read_rows

_TEXT_KINDS = (".jsonl", ".ndjson", ".json", ".gz")


def load_rows(
    name: str,
    config: str | None = None,
    split: str = "train",
    *,
    columns: Sequence[str] = (),
    only: str | None = None,
    streaming: bool = False,
    limit: int | None = None,
) -> datasets.Dataset | datasets.IterableDataset:
    """Loads a data set.

    Args:
        name: A .parquet, .jsonl, .ndjson or .json file, a folder of .parquet files, or a hub id.
        config: The hub data set's configuration.
        split: The hub data set's split; a file is one.
        columns: Those that hold text or messages; each must be of one kind in all rows.
        only: The one column that is wanted. In JSON Lines and in folders the others then need not
            go together as a table; a file without that column comes whole.
        streaming: Do not load it whole.
        limit: The first rows only.

    Raises:
        InputError: There is no such data, or it cannot be read; the message names the row.
        UsageError: The limit is not positive.
    """
    if limit is not None and limit < 1:
        raise UsageError(f"limit is {limit}; expected at least 1")
    path = Path(os.path.expanduser(name))
    if path.suffix.lower() in (*_TEXT_KINDS, ".parquet"):
        rows = _from_file(path, tuple(columns), only, streaming)
    elif shards := sorted(map(str, path.glob("*.parquet"))):
        rows = _parquet(shards, only, streaming)
    else:
        rows = _load(name, name=config, split=split, streaming=streaming)
    if only is not None and only in (rows.column_names or ()):
        rows = rows.select_columns(only)
    if limit is None:
        return rows
    if isinstance(rows, datasets.Dataset):
        return rows.select(range(min(limit, len(rows))))
    return rows.take(limit)


def _from_file(
    path: Path, columns: tuple[str, ...], only: str | None, streaming: bool
) -> datasets.Dataset | datasets.IterableDataset:
    if not path.is_file():
        raise InputError("there is no such file", path=path)
    if path.suffix.lower() == ".parquet":
        return _parquet([str(path)], only, streaming)
    if streaming:
        whence: dict[str, Any] = {"path": str(path), "columns": columns, "only": only}
        return datasets.IterableDataset.from_generator(_rows, gen_kwargs=whence)
    # Kept by datasets, under a name that depends on the file's state: processes and later runs
    # then share what is derived from it, too.
    state = path.stat()
    stamp = f"{state.st_mtime_ns}-{state.st_size}"
    options = {"path": str(path.resolve()), "columns": columns, "only": only, "state": stamp}
    try:
        return datasets.Dataset.from_generator(_rows, gen_kwargs=options)
    except datasets.exceptions.DatasetGenerationError as error:
        cause = error.__cause__ or error
        if isinstance(cause, InputError):
            raise cause from None
        text = " ".join(str(cause).split())[:200]
        raise InputError(f"its rows do not go together as a table: {text}", path=path) from None


def _parquet(
    files: list[str], only: str | None, streaming: bool
) -> datasets.Dataset | datasets.IterableDataset:
    options: dict[str, Any] = {"data_files": files, "split": "train", "streaming": streaming}
    for file in files:
        try:
            names = pq.read_schema(file).names
        except (pa.ArrowException, OSError) as error:
            text = " ".join(str(error).split())[:300]
            raise InputError(f"cannot be read: {text}", path=file) from None
        if only not in names:
            break
    else:
        options["columns"] = [only] if only else None
    return _load("parquet", **options)


def _rows(path: str, columns: tuple[str, ...], only: str | None, state: str = "") -> Any:
    kinds: dict[str, str] = {}
    for number, row in read_rows(path):
        for column in columns:
            # Arrow would write a list among texts as text.
            kind = _kind(row.get(column))
            if kind != kinds.setdefault(column, kind):
                raise InputError(
                    f"is {kind}, and {kinds[column]} in the first row; a column is of one kind",
                    path=path,
                    row=number,
                    field=column,
                )
        if only is None or only not in row:
            yield row
        else:
            yield {only: row[only]}


def _kind(value: Any) -> str:
    if isinstance(value, list):
        return "a list of messages"
    return "text" if isinstance(value, str) else type(value).__name__


def _load(source: str, **options: Any) -> Any:
    try:
        return datasets.load_dataset(source, **options)
    except (OSError, ValueError, datasets.exceptions.DatasetsError, pa.ArrowException) as error:
        files = options.get("data_files")
        place = files[0] if files else f"data set {source}"
        text = " ".join(str(error).split())[:300]
        raise InputError(f"cannot be read: {text}", path=place) from None
