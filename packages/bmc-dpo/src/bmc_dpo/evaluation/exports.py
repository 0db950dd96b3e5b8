"""Replies in the files that other judges read."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from truing_core.errors import UsageError
from truing_core.option_values import one_of
from truing_core.records import write_json, write_rows

Export = Literal["alpaca-eval", "arena-hard"]
EXPORTS: tuple[Export, ...] = get_args(Export)
_SUFFIXES: dict[Export, str] = {"alpaca-eval": ".json", "arena-hard": ".jsonl"}


def check_name(form: str, path: Path) -> None:
    """Checks that a form can be written to a file of this name.

    Raises:
        UsageError: There is no such form, or the file's name does not fit it.
    """
    suffix = _SUFFIXES[one_of("--export", form, EXPORTS)]
    if path.suffix != suffix:
        raise UsageError(f"--export {form} writes a {suffix} file; '{path}' is named otherwise")


def check_ids(form: str, ids: Iterable[str]) -> None:
    """Checks that a form's readers can tell the questions apart: Arena-Hard's go by ids alone.

    Raises:
        UsageError: Two questions have one id, as those of two files may.
    """
    if form != "arena-hard":
        return
    for own, count in Counter(ids).items():
        if count > 1:
            raise UsageError(
                f"--export arena-hard tells questions apart by their ids, and {count:,} have the "
                f"id '{own}'; give one file at a time, or the questions ids of their own"
            )


def write_export(form: str, path: Path, rows: Sequence[Mapping[str, Any]], model: str) -> int:
    """Writes the rows that have a reply.

    ``alpaca-eval``: a JSON list of ``instruction, output, generator, dataset`` (AlpacaEval 2's
    ``model_outputs``). ``arena-hard``: JSON Lines of ``question_id, answer_id, model_id,
    choices, tstamp`` (Arena-Hard v0.1's ``model_answer``).

    Returns:
        How many.

    Raises:
        UsageError: There is no such form, the file's name does not fit it, or its readers would
            mix questions up.
    """
    check_name(form, path)
    check_ids(form, (row["id"] for row in rows))
    answered = [row for row in rows if row["response"] is not None]
    if form == "alpaca-eval":
        write_json(
            path,
            [
                {
                    "dataset": row["task"], "instruction": row["question"],
                    "output": row["response"], "generator": model,
                }
                for row in answered
            ],
        )  # fmt: skip
        return len(answered)
    return write_rows(path, (_arena(row, model) for row in answered))


def _arena(row: Mapping[str, Any], model: str) -> dict[str, Any]:
    text = row["response"]
    # That tool counts tokens with tiktoken; words do for its style control, and need no network.
    turns = [{"content": text, "token_len": len(text.split())}]
    answer_id = hashlib.sha256(f"{model}\0{row['id']}\0{text}".encode()).hexdigest()[:22]
    return {
        "question_id": row["id"],
        "answer_id": answer_id,
        "model_id": model,
        "choices": [{"index": 0, "turns": turns}],
        "tstamp": 0.0,
    }
