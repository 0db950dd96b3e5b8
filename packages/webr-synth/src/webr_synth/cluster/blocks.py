"""What blocks leave in the run folder: rows, a record, and a journal while they are made.

The folder must be one that the driver and all workers see. A block is done once its record is
there, which is written last.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truing_core.errors import InputError, ResumeError, TruingError
from truing_core.files import disk_error, write_json
from truing_core.journal import Journal
from webr_synth.rows import SynthRow
from webr_synth.synthesis.counts import Counts
from webr_synth.synthesis.shards import write_parquet

HEADS = ("prompt_id", "doc_id", "perspective", "request")
"""What of a row decides whether it is kept."""
FOLDER = "blocks"
"""Where they are in the run folder."""
PATIENCE_S = 120.0
"""How long the journal of a worker that was cut off, but lives, is waited for."""


@dataclass(frozen=True)
class Record:
    """What came of a block.

    Attributes:
        documents: How many it has.
        rows: How many rows came of them.
        model: The identity of the model that was asked.
        counts: The funnel.
    """

    documents: int
    rows: int
    model: str
    counts: Counts

    @property
    def failed(self) -> int:
        """Requests that failed after all retries."""
        return sum(own["failed"] for own in self.counts.stages.values())


class BlockStore:
    """The blocks of a run.

    Args:
        folder: Where they lie.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def records(self) -> dict[int, Record]:
        """The records of the blocks that are done, by number.

        Raises:
            ResumeError: One is damaged.
        """
        paths = self.folder.glob("block-*.json")
        return {int(path.stem.removeprefix("block-")): self._read(path) for path in sorted(paths)}

    def whole(self) -> set[int]:
        """The blocks that are done and in which no request failed; others are made (again).

        Raises:
            ResumeError: A record is damaged.
        """
        return {number for number, record in self.records().items() if not record.failed}

    def record(self, number: int) -> Record | None:
        """The record of a block, if it is done.

        Raises:
            ResumeError: It is damaged.
        """
        path = self._path(number, "json")
        return self._read(path) if path.exists() else None

    def began(self, number: int, driver: str) -> int:
        """Notes that a worker begins a block, and says how often that was since a driver started.

        Args:
            number: The block.
            driver: The start of the command that gave it out.

        Raises:
            TruingError: The place cannot be written.
        """
        path = self._path(number, "begun")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a+") as file:
                file.write(f"{driver}\n")
                file.seek(0)
                return file.read().split().count(driver)
        except OSError as error:
            raise disk_error(error, path) from None

    def write(self, number: int, rows: Sequence[SynthRow], record: Record) -> None:
        """Keeps a block; its journal, which is needed no more, goes if no request failed.

        Raises:
            TruingError: The disk is full or the place cannot be written.
        """
        write_parquet(self._path(number, "parquet"), rows)
        facts = {
            "documents": record.documents, "rows": record.rows, "model": record.model,
            "counts": record.counts.to_dict(),
        }  # fmt: skip
        write_json(self._path(number, "json"), facts)
        self._path(number, "begun").unlink(missing_ok=True)
        if not record.failed:
            self._path(number, "sqlite").unlink(missing_ok=True)

    def heads(self, number: int) -> list[dict[str, Any]]:
        """Of each row of a block, in the order of documents, :data:`HEADS`.

        Raises:
            InputError: The block cannot be read.
        """
        return self._table(number, HEADS)

    def rows(self, number: int, wanted: Sequence[int]) -> Iterator[SynthRow]:
        """Rows of a block by their places, which ascend.

        Raises:
            InputError: The block cannot be read.
        """
        table = self._table(number)
        for place in wanted:
            yield SynthRow(**table[place])

    @contextmanager
    def journal(self, number: int) -> Iterator[Journal]:
        """The journal of a block, which nobody else may open meanwhile.

        Raises:
            TruingError: Another process holds it and does not let go, or it cannot be written.
        """
        path = self._path(number, "sqlite")
        path.parent.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                opened = Journal(path, exclusive=True)
                break
            except TruingError as error:
                busy = "another process" in str(error)
                if not busy or time.monotonic() > deadline:
                    raise
                time.sleep(1.0)
        with opened:
            yield opened

    def _table(self, number: int, columns: Sequence[str] | None = None) -> list[dict[str, Any]]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self._path(number, "parquet")
        try:
            with pq.ParquetFile(path) as file:
                rows: list[dict[str, Any]] = file.read(columns).to_pylist()
                return rows
        except (pa.ArrowException, OSError) as error:
            text = " ".join(str(error).split())
            raise InputError(
                f"the block cannot be read: {text}; remove it and its .json, then run the same "
                "command again",
                path=path,
            ) from None

    def _read(self, path: Path) -> Record:
        try:
            stored: Any = json.loads(path.read_bytes())
            return Record(
                stored["documents"], stored["rows"], stored["model"],
                Counts.from_dict(stored["counts"]),
            )  # fmt: skip
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise ResumeError(
                f"'{path}' is damaged; remove it, then run the same command again"
            ) from None

    def _path(self, number: int, suffix: str) -> Path:
        return self.folder / f"block-{number:07}.{suffix}"
