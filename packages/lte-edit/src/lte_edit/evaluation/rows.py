"""Scored questions on disk, so that a run that was killed goes on, and failures can be read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lte_edit.evaluation.choices import Setting
from truing_core.errors import ResumeError
from truing_core.files import atomic_file, disk_error, encode_json

Row = dict[str, Any]
Key = tuple[str, str, int]
"""Method, setting, number of records."""


def key_of(method: str, setting: Setting, records: int) -> Key:
    """What rows of one evaluation have in common; the number does not matter for single edits."""
    return (method, setting.name, 0 if setting.name == "single" else records)


class RowFile:
    """One JSON line a question.

    Args:
        path: The file; ``None`` keeps rows in memory only.
        sizes: How many questions each record has.

    Raises:
        ResumeError: It holds what is no row.
    """

    def __init__(self, path: Path | None, sizes: Sequence[int]) -> None:
        self._path = path
        self._rows: dict[Key, dict[int, list[Row]]] = {}
        if path is None or not path.is_file():
            return
        data = path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]  # a killed run may have torn the last line
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                row = json.loads(line)
                self._place(row).append(row)
            except (ValueError, KeyError, TypeError) as error:
                raise ResumeError(
                    f"{path}, line {number} is damaged; --fresh moves the folder aside and starts "
                    "over"
                ) from error
        kept: list[Row] = []
        for records in self._rows.values():
            for record in [record for record, rows in records.items() if len(rows) < sizes[record]]:
                del records[record]
            kept += [row for rows in records.values() for row in rows]
        if len(_lines(kept)) < len(data):
            with atomic_file(path) as file:
                file.write(_lines(kept))

    def known(self, key: Key) -> set[int]:
        """Records that are scored already."""
        return set(self._rows.get(key, ()))

    def rows(self, key: Key, records: int) -> list[Row]:
        """The rows of the first records, in the order of the data."""
        there = self._rows.get(key, {})
        return [row for record in sorted(there) if record < records for row in there[record]]

    def add(self, rows: Iterable[Row]) -> None:
        """Keeps rows of whole records; they are on disk when it returns."""
        rows = list(rows)
        for row in rows:
            self._place(row).append(row)
        if self._path is not None:
            try:
                with open(self._path, "ab") as file:
                    file.write(_lines(rows))
            except OSError as error:
                raise disk_error(error, self._path) from error

    def _place(self, row: Mapping[str, Any]) -> list[Row]:
        key = (str(row["method"]), str(row["setting"]), int(row["edits"]))
        return self._rows.setdefault(key, {}).setdefault(int(row["record"]), [])


def _lines(rows: Sequence[Row]) -> bytes:
    return b"".join(encode_json(row) + b"\n" for row in rows)
