"""An index on disk: one Parquet file, which names its version and settings and holds no code."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from truing_core.errors import InputError
from truing_core.files import atomic_file
from webr_synth.dedup.minhash import Sketch
from webr_synth.dedup.sets import Sets

_KEY = b"webr-synth near-duplicates"
_VERSION = 1
_ROWS = 1 << 16


def save(path: Path, settings: dict[str, Any], ids: Sequence[str], sketch: Sketch) -> None:
    """Writes ids and sketches, atomically.

    Raises:
        TruingError: The place cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    described = json.dumps({"version": _VERSION, **settings}).encode()
    schema = pa.schema(
        {
            "id": pa.string(),
            "shingles": pa.list_(pa.uint64()),
            "buckets": pa.list_(pa.uint64()),
            "marks": pa.binary(),
        },
        metadata={_KEY: described},
    )
    with (
        atomic_file(path) as file,
        # Hashes are noise, so neither compression nor a dictionary would gain anything.
        pq.ParquetWriter(file, schema, compression="none", use_dictionary=False) as writer,
    ):
        for start in range(0, len(ids), _ROWS):
            end = min(start + _ROWS, len(ids))
            part = sketch.take(np.arange(start, end))
            bounds = np.arange(end - start + 1) * part.keys.shape[1]
            writer.write_table(
                pa.table(
                    [
                        pa.array([_utf8(each) for each in ids[start:end]]),
                        _lists(part.sets.values, part.sets.starts),
                        _lists(part.keys.reshape(-1), bounds),
                        pa.array([row.tobytes() for row in part.marks], pa.binary()),
                    ],
                    schema=schema,
                )
            )


def load(
    path: Path, settings: dict[str, Any], bands: int, marks: int
) -> Iterator[tuple[list[str], Sketch]]:
    """Reads an index, part by part.

    Args:
        path: The file.
        settings: What it must have been made with.
        bands: Keys of a text.
        marks: Marks of a text.

    Raises:
        InputError: It is no index, of another version, or made with other settings.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            _check(path, settings, (file.schema_arrow.metadata or {}).get(_KEY))
            for batch in file.iter_batches(batch_size=_ROWS):
                ids = batch.column("id").to_pylist()
                sets = _of_lists(batch.column("shingles"))
                buckets = _of_lists(batch.column("buckets"))
                marked = [row or b"" for row in batch.column("marks").to_pylist()]
                whole = None not in ids and all(len(row) == marks for row in marked)
                if not whole or (buckets.sizes != bands).any() or (sets.sizes < 1).any():
                    raise InputError("no whole index of near-duplicates; make it anew", path=path)
                flat = np.frombuffer(b"".join(marked), np.uint8)
                keys = buckets.values.reshape(-1, bands)
                yield ids, Sketch(sets, keys, flat.reshape(-1, marks))
    except FileNotFoundError:
        raise InputError("there is no such index", path=path) from None
    except (pa.ArrowException, OSError, KeyError) as error:
        text = " ".join(str(error).split())
        raise InputError(f"no index of near-duplicates: {text}", path=path) from None


def _check(path: Path, settings: dict[str, Any], described: bytes | None) -> None:
    if described is None:
        raise InputError("no index of near-duplicates, but another Parquet file", path=path)
    try:
        stored = dict(json.loads(described))
    except ValueError:
        stored = {}
    version = stored.pop("version", None)
    if version != _VERSION:
        raise InputError(
            f"an index of near-duplicates of version {version}, but this program reads version "
            f"{_VERSION}; make it anew",
            path=path,
        )
    other = [
        f"{name} {stored.get(name)} instead of {value}"
        for name, value in settings.items()
        if stored.get(name) != value
    ]
    if other:
        raise InputError(
            f"the index was made with {', '.join(other)}; give the same settings or another index",
            path=path,
        )


def _lists(values: Any, starts: Any) -> Any:
    import pyarrow as pa

    return pa.ListArray.from_arrays(
        pa.array(starts.astype(np.int32)), pa.array(np.ascontiguousarray(values))
    )


def _of_lists(column: Any) -> Sets:
    starts = column.offsets.to_numpy().astype(np.int64)
    values = column.values.to_numpy()[starts[0] : starts[-1]]
    return Sets(values, starts - starts[0])


def _utf8(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
