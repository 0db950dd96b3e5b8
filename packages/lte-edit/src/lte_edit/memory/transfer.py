"""Edits in and out of files: one row of plain fields each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lte_edit.edits import Edit, complaint
from truing_core.errors import InputError
from truing_core.records import read_rows

# What other formats call these fields; KnowEdit's files can be imported as they are.
_OTHER_NAMES = {
    "target_new": "target",
    "rephrase": "rephrasings",
    "rephrase_prompt": "rephrasings",
}
_FIELDS = set(Edit.model_fields)


def read_edits(
    source: str | Path,
    namespace: str | None = None,
    on_invalid: Callable[[InputError], None] | None = None,
) -> Iterator[Edit]:
    """Edits of a ``.jsonl``, ``.json``, ``.csv`` or ``.parquet`` file; further fields are ignored.

    Args:
        source: The file. Rows have ``prompt`` and ``target`` (or ``target_new``).
        namespace: Where edits go that name none.
        on_invalid: Is told of a row that cannot be an edit, which then is left out; without it,
            the first such row ends the reading.

    Raises:
        InputError: A row cannot be an edit; names the row and the field.
    """
    for number, row in read_rows(source):
        try:
            yield _edit(row, namespace, str(source), number)
        except InputError as error:
            if on_invalid is None:
                raise
            on_invalid(error)


def _edit(row: dict[str, Any], namespace: str | None, path: str, number: int) -> Edit:
    fields: dict[str, Any] = {}
    for name, value in row.items():
        known = _OTHER_NAMES.get(name, name)
        if known in _FIELDS and value is not None and value != "":
            fields.setdefault(known, value)
    if isinstance(fields.get("rephrasings"), str):
        fields["rephrasings"] = [fields["rephrasings"]]
    if namespace is not None:
        fields.setdefault("namespace", namespace)
    try:
        return Edit.model_validate(fields)
    except ValidationError as error:
        field, message = complaint(error)
        raise InputError(message, path=path, row=number, field=field) from None


def rows_of(edits: Sequence[Edit]) -> Iterator[dict[str, Any]]:
    """Rows that :func:`read_edits` makes the same edits of."""
    for edit in edits:
        yield edit.model_dump(mode="json")
