"""What a run writes: files of so many rows, each shuffled, whole or not there at all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from truing_core.errors import InputError, UsageError
from truing_core.files import atomic_file, disk_error
from truing_core.records import read_rows, write_rows
from truing_core.run import rng
from webr_synth.rows import SynthRow
from webr_synth.synthesis.claim import KEY, PARTS, owned

FILES = (".parquet", ".jsonl", ".jsonl.gz", ".json")


def check_output(output: Path, source: Path) -> None:
    """Makes sure, before anything is paid for, that rows can go there.

    Raises:
        UsageError: The name ends like no data set's, or it is the documents themselves, or a
            folder that holds them or other things.
        TruingError: The place cannot be written.
    """
    if output.is_dir() or not output.suffix:
        try:
            output.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise disk_error(error, output) from None
        if source.resolve().is_relative_to(output.resolve()):
            raise UsageError(f"-o '{output}' is where the documents lie; name a new folder")
        strays = [each.name for each in output.iterdir() if not _is_ours(each)]
        if strays:
            raise UsageError(
                f"-o '{output}' is a folder that holds other things ({strays[0]}); name a new one, "
                "or a file that ends in .parquet or .jsonl"
            )
        return
    if not output.name.endswith(FILES):
        raise UsageError(
            f"-o '{output}': expected a name that ends in .parquet or .jsonl, or a folder"
        )
    if output.exists() and source.exists() and output.samefile(source):
        raise UsageError(f"-o '{output}' is the documents themselves; name another file")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        probe = output.with_name(f".{output.name}.probe")
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise disk_error(error, output) from None


class Shards:
    """The files of a run.

    Args:
        output: Where the user wants rows: one file, or a folder, which then holds the shards.
        folder: Where shards lie if it is one file.
        seed: Of the order of rows in a shard.
        run: The run's name, which its shards bear; see :mod:`webr_synth.synthesis.claim`.
    """

    def __init__(self, output: Path, folder: Path, seed: int, run: str) -> None:
        self.output, self._seed, self._run = output, seed, run
        self._one_file = output.name.endswith(FILES)
        self._folder = folder if self._one_file else output

    def write(self, number: int, rows: Sequence[SynthRow]) -> None:
        """Writes a shard in random order; the same order for the same rows and seed.

        Raises:
            TruingError: The disk is full or the place cannot be written.
        """
        path = self._path(number)
        ordered = sorted(rows, key=lambda row: row.prompt_id)
        rng(self._seed, path.name, "order").shuffle(ordered)
        write_parquet(path, ordered, self._run)

    def read(self, number: int) -> Iterator[dict[str, Any]]:
        """The rows of the first shards.

        Raises:
            InputError: A shard is not there or cannot be read.
        """
        for each in range(number):
            for _, row in read_rows(self._path(each)):
                yield row

    def hold(self, number: int, rows: int) -> bool:
        """Whether the first shards are there, are this run's and have so many rows together."""
        found = [owned(self._path(each)) for each in range(number)]
        ours = all(owner == self._run for owner, _ in found)
        return ours and rows == sum(own for _, own in found)

    def rows(self) -> int:
        """How many rows of this run are there, in whole shards and in the last one."""
        found = map(owned, self._folder.glob(PARTS))
        return sum(rows for owner, rows in found if owner == self._run)

    def beside(self, folder: Path) -> Shards:
        """The same run's shards in another folder."""
        return Shards(folder, folder, self._seed, self._run)

    def take(self, others: Shards, number: int) -> None:
        """Copies the first shards of another folder, each whole or not at all.

        Raises:
            TruingError: The disk is full or the place cannot be written.
        """
        for each in range(number):
            copy(others._path(each), self._path(each))

    def trim(self, number: int) -> None:
        """Removes what an earlier end of the same run left behind the first shards."""
        kept = {self._path(each) for each in range(number)}
        for part in set(self._folder.glob(PARTS)) - kept:
            part.unlink()

    def join(self, number: int) -> None:
        """Joins the first shards to the one file, in bounded memory, if it is one.

        Raises:
            InputError: A shard cannot be read.
            TruingError: The disk is full or the place cannot be written.
        """
        if not self._one_file or not number:
            return
        if self.output.suffix != ".parquet":
            write_rows(self.output, self.read(number))
            return
        import pyarrow as pa
        import pyarrow.parquet as pq

        with (
            atomic_file(self.output) as file,
            pq.ParquetWriter(file, _schema(), compression="zstd") as writer,
        ):
            for shard in map(self._path, range(number)):
                try:
                    with pq.ParquetFile(shard) as rows:
                        for batch in rows.iter_batches():
                            writer.write_batch(batch)
                except (pa.ArrowException, OSError) as error:
                    text = " ".join(str(error).split())
                    raise InputError(f"the shard cannot be read: {text}", path=shard) from None

    def _path(self, number: int) -> Path:
        return self._folder / f"part-{number:05}.parquet"


def copy(source: Path, target: Path) -> None:
    """Copies a file, whole or not at all.

    Raises:
        TruingError: The disk is full or the place cannot be written.
    """
    with open(source, "rb") as whole, atomic_file(target) as file:
        shutil.copyfileobj(whole, file)


def write_parquet(path: Path, rows: Sequence[SynthRow], run: str | None = None) -> None:
    """Writes rows to a Parquet file, whole or not at all; ``run`` is whose they are.

    Raises:
        TruingError: The disk is full or the place cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pylist([_clean(row.row()) for row in rows], schema=_schema())
    if run is not None:
        table = table.replace_schema_metadata({KEY: run})
    with atomic_file(path) as file:
        pq.write_table(table, file, compression="zstd")


def _is_ours(path: Path) -> bool:
    return path.name.startswith(("part-", ".", "README"))


def _schema() -> Any:
    import pyarrow as pa

    text, number = pa.string(), pa.int64()
    message = pa.struct([("role", text), ("content", text)])
    return pa.schema(
        {
            "prompt_id": text,
            "messages": pa.list_(message),
            "doc_id": text,
            "perspective": text,
            "author": text,
            "request": text,
            "draft": text,
            "document": text,
            "section_chars": number,
            "document_first": pa.bool_(),
            "length_limit": number,
            "url": text,
            "language": text,
            "model": text,
            "seed": number,
        }
    )


def _clean(value: Any) -> Any:
    """Lone surrogates, which a model's JSON may hold, have no UTF-8."""
    if isinstance(value, str):
        return value.encode("utf-8", errors="replace").decode()
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, list) else value
