"""Edits in and out of files: one row of plain fields each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lte_edit.edits import Edit, complaint
from lte_edit.memory.backend import About, about
from lte_edit.memory.sheets import csv_rows
from truing_core.errors import InputError
from truing_core.records import read_rows

OnInvalid = Callable[[InputError], None]

# What other formats call these fields; KnowEdit's files can be imported as they are.
_OTHER_NAMES = {
    "target_new": "target",
    "rephrase": "rephrasings",
    "rephrase_prompt": "rephrasings",
}
_FIELDS = set(Edit.model_fields)


@dataclass(frozen=True)
class Placed:
    """An edit and the place it was read from, for what is said of it."""

    edit: Edit
    path: str
    row: int

    def error(self, problem: str, field: str) -> InputError:
        """A complaint that names the place."""
        return InputError(problem, path=self.path, row=self.row, field=field)


def read_edits(
    source: str | Path, namespace: str | None = None, on_invalid: OnInvalid | None = None
) -> Iterator[Placed]:
    """Edits of a ``.jsonl``, ``.json``, ``.csv`` or ``.parquet`` file; other fields are ignored.

    Args:
        source: The file. Rows have ``prompt`` and ``target`` (or ``target_new``).
        namespace: Where edits go that name none.
        on_invalid: Is told of a row that cannot be an edit, which then is left out; without it,
            the first such row ends the reading.

    Raises:
        InputError: A row cannot be an edit, and names the row and the field; or the file cannot
            be read at all.
    """
    path = Path(source)
    is_sheet = path.suffix.lower() == ".csv" and path.is_file()
    for number, row in csv_rows(path) if is_sheet else read_rows(path):
        try:
            yield Placed(_edit(row, namespace, str(source), number), str(source), number)
        except InputError as error:
            if on_invalid is None:
                raise
            on_invalid(error)


def read_files(
    sources: Sequence[str | Path], namespace: str | None, on_invalid: OnInvalid | None = None
) -> list[Placed]:
    """Edits of several files, all before the first is kept; ids must differ.

    Args:
        sources: As :func:`read_edits` reads them.
        namespace: See there.
        on_invalid: See there.

    Raises:
        InputError: See there; or an id stands in two rows.
    """
    seen: dict[str, Placed] = {}
    for source in sources:
        for placed in read_edits(source, namespace, on_invalid):
            first = seen.setdefault(placed.edit.id, placed)
            if first is placed:
                continue
            where = f"row {first.row}" if first.path == placed.path else f"{first.path}"
            error = placed.error(f"the id '{placed.edit.id}' stands in {where} already", "id")
            if on_invalid is None:
                raise error
            on_invalid(error)
    return list(seen.values())


def latest(placed: Sequence[Placed]) -> tuple[list[Placed], int, int]:
    """What holds when all rows were added one after the other.

    So that a memory which has it already stays as it is, however many are added at a time.

    Returns:
        Of the rows about the same the last, or the first of those that say what the last does;
        how many others were replaced; and how many said again what held.
    """
    holding: dict[About, Placed] = {}
    replaced = repeated = 0
    for each in placed:
        key = about(each.edit)
        before = holding.get(key)
        if before is not None and before.edit.says_what(each.edit):
            repeated += 1
            continue
        if before is not None:
            replaced += 1
            del holding[key]  # the later one has the later place
        holding[key] = each
    return list(holding.values()), replaced, repeated


def rows_of(edits: Sequence[Edit]) -> Iterator[dict[str, Any]]:
    """Rows that :func:`read_edits` makes the same edits of."""
    for edit in edits:
        yield edit.model_dump(mode="json")


def _edit(row: dict[str, Any], namespace: str | None, path: str, number: int) -> Edit:
    fields: dict[str, Any] = {}
    for name, value in row.items():
        known = _OTHER_NAMES.get(name, name)
        if known in _FIELDS and value is not None and value != "":
            fields.setdefault(known, value)
    if isinstance(fields.get("rephrasings"), str):
        fields["rephrasings"] = _texts(fields["rephrasings"])
    if namespace is not None:
        fields.setdefault("namespace", namespace)
    try:
        return Edit.model_validate(fields)
    except ValidationError as error:
        field, message = complaint(error)
        raise InputError(message, path=path, row=number, field=field) from None


def _texts(cell: str) -> list[Any]:
    """One text, or the list of texts that a CSV file holds as JSON."""
    if cell.startswith("["):
        with suppress(json.JSONDecodeError, RecursionError):
            found = json.loads(cell)
            if isinstance(found, list):
                return found
    return [cell]
