"""Reads cases from the files people have: KnowEdit, MQuAKE, CounterFact, or plain edits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lte_edit.cases import Case, Skipped
from lte_edit.sources.counterfact import counterfact_case
from lte_edit.sources.knowedit import knowedit_case, wikibio_case
from lte_edit.sources.mquake import mquake_case
from lte_edit.sources.rows import Row
from truing_core.errors import InputError, UsageError
from truing_core.records import read_rows

Reader = Callable[[Row], Case]

READERS: dict[str, Reader] = {
    "knowedit": knowedit_case,
    "wikibio": wikibio_case,
    "mquake": mquake_case,
    "counterfact": counterfact_case,
}


def read_cases(path: str | Path, kind: str = "auto", skipped: Skipped | None = None) -> list[Case]:
    """Reads a file of cases.

    Args:
        path: ``.json``, ``.jsonl`` or ``.parquet``.
        kind: ``auto`` looks at each row's fields; or a name of :data:`READERS`. Plain edits
            (``prompt, target, subject``) are ``knowedit`` without probes.
        skipped: Counts the probes that are left out.

    Raises:
        UsageError: ``kind`` is unknown.
        InputError: The file has no rows, or a row lacks what its kind needs; names the row.
    """
    if kind != "auto" and kind not in READERS:
        raise UsageError(f"kind '{kind}' is unknown; known: auto, {', '.join(READERS)}")
    skipped = skipped if skipped is not None else Skipped()
    source = Path(path).stem
    cases = []
    for number, fields in read_rows(path):
        reader = READERS[kind if kind != "auto" else kind_of(fields)]
        cases.append(reader(Row(fields, str(path), number, source, skipped)))
    if not cases:
        raise InputError("has no rows", path=str(path))
    return cases


def kind_of(fields: dict[str, Any]) -> str:
    """The kind of a row, by the fields only that kind has."""
    rewrite = fields.get("requested_rewrite")
    if isinstance(rewrite, list):
        return "mquake"
    if isinstance(rewrite, dict):
        return "counterfact"
    if "concept" in fields and "labels" in fields:
        return "wikibio"
    return "knowedit"
