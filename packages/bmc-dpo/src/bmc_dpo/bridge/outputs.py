"""From pairs and what became of them to rows that TRL trains on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bmc_dpo.bridge.choices import BridgeChoice
from bmc_dpo.bridge.editing import BRIDGED, NO_CHANGE, Edit
from bmc_dpo.bridge.wording import change_ratio, similarity
from bmc_dpo.pairs import Pair
from truing_core.errors import InputError, UsageError
from truing_core.records import read_rows, write_rows

NOT_SELECTED, SAME_SIDES = "not_selected", "same_sides"
_OWN = ("chosen_original", "bridge")
_SUFFIXES = (".parquet", ".jsonl", ".ndjson", ".json", ".jsonl.gz", ".json.gz")


def output_rows(
    pairs: Iterable[Pair], edits: Mapping[str, Edit], choice: BridgeChoice, *, drop: bool = False
) -> Iterator[dict[str, Any]]:
    """Yields a row for each pair that is decided, in the pairs' order.

    ``bridge`` has no nulls, so that every file has the same Parquet types: numbers are those of
    the row's own chosen side, and where no editor was asked its columns are empty.

    Args:
        pairs: All pairs.
        edits: What became of those that are bridged.
        choice: How they were.
        drop: Leave out pairs whose bridging failed, instead of keeping them as they were.
    """
    for pair in pairs:
        edit = edits.get(pair.id)
        if edit is None and choice.selects(pair):
            continue
        if edit is not None and drop and edit.status not in (BRIDGED, NO_CHANGE):
            continue
        yield _row(pair, edit, choice.editor.spec)


def _row(pair: Pair, edit: Edit | None, editor: str) -> dict[str, Any]:
    mended = edit.text if edit is not None else None
    chosen = pair.chosen if mended is None else pair.mended(mended)
    if edit is None:
        status = SAME_SIDES if pair.chosen == pair.rejected else NOT_SELECTED
    else:
        status = edit.status
    columns = pair.columns(chosen)
    return {
        **columns,
        "chosen_original": pair.columns()["chosen"],
        **pair.others,
        "bridge": {
            "id": pair.id,
            "status": status,
            "change_ratio": change_ratio(pair.loser, chosen[-1]["content"]),
            "similarity_to_winner": similarity(chosen[-1]["content"], pair.winner),
            "editor": editor if edit is not None else "",
            "template": edit.template if edit is not None else "",
            "template_hash": edit.template_hash if edit is not None else "",
            "replies": edit.replies if edit is not None else 0,
            "reason": edit.reason if edit is not None else "",
        },
    }


def check_output(path: Path, source: str, pairs: Sequence[Pair], probe: Path) -> None:
    """Makes sure, before anything is paid for, that rows can be written.

    Args:
        path: Where results will go.
        source: Where the pairs come from.
        pairs: Their columns are tried.
        probe: A place to try them at, without suffix; left as it was.

    Raises:
        UsageError: The suffix is none of a data set, or the place is a folder or the source.
        InputError: The data has our columns already, or columns that the format cannot hold.
    """
    if not path.name.endswith(_SUFFIXES):
        raise UsageError(f"-o '{path}': expected a name that ends in .parquet, .jsonl or .json")
    if path.is_dir():
        raise UsageError(f"-o '{path}' is a folder; name a file")
    if path.exists() and Path(source).exists() and path.samefile(source):
        raise UsageError(f"-o '{path}' is the data itself; name another file")
    for name in _OWN:
        if name in pairs[0].others:
            raise InputError(
                "the data is bridged already; give the original pairs",
                path=source, row=pairs[0].number, field=name,
            )  # fmt: skip
    trial = probe.with_name(probe.name + "".join(path.suffixes[-2:]))
    try:
        write_rows(trial, ({**pair.columns(), **pair.others} for pair in pairs))
    finally:
        trial.unlink(missing_ok=True)


def read_edits(path: Path) -> dict[str, Edit]:
    """The edits of an earlier run; none if there was none.

    Raises:
        InputError: The file is damaged.
    """
    if not path.exists():
        return {}
    try:
        edits = [Edit.from_row(row) for _, row in read_rows(path)]
    except (TypeError, KeyError):
        raise InputError("no edits of bmc-dpo; start over with --fresh", path=path) from None
    return {edit.id: edit for edit in edits}
