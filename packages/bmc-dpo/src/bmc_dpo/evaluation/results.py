"""Answers scored: rows, scores of each task, their files, and two runs side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bmc_dpo.evaluation.extraction import Extraction, read_reply
from bmc_dpo.evaluation.items import Item
from truing_core.errors import InputError
from truing_core.models import ChatReply
from truing_core.records import read_rows, write_json, write_rows
from truing_core.statistics import McNemar, wilson

ITEMS, SCORES = "items.parquet", "scores.json"


def score_items(
    items: Sequence[Item], replies: Mapping[str, ChatReply], extraction: Extraction
) -> list[dict[str, Any]]:
    """A row for each question, in order; ``correct`` is empty where nothing can be said.

    Args:
        items: What was asked.
        replies: By the questions' keys.
        extraction: How answers are read.
    """
    rows = []
    for item in items:
        reply = replies.get(item.key)
        row: dict[str, Any] = {
            "id": item.id, "task": item.task, "kind": item.kind, "question": item.question,
            "expected": item.answer, "response": None, "extracted": None, "correct": None,
            "finish_reason": None, "error": "not asked yet" if reply is None else reply.error,
        }  # fmt: skip
        if reply is not None and reply.ok:
            row |= {"response": reply.text, "finish_reason": reply.finish_reason}
            if item.answer is not None:
                verdict = read_reply(item, reply.text, extraction)
                row |= {"extracted": verdict.extracted, "correct": verdict.correct}
        rows.append(row)
    return rows


def summarise(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Accuracy of each task with its Wilson interval, in percent, and their mean.

    Questions that got no reply are missing, not wrong; replies that state no answer are wrong.
    """
    tasks: dict[str, dict[str, Any]] = {}
    for task in dict.fromkeys(row["task"] for row in rows):
        own = [row for row in rows if row["task"] == task]
        scored = [row for row in own if row["correct"] is not None]
        right = sum(row["correct"] for row in scored)
        low, high = wilson(right, len(scored))
        tasks[task] = {
            "n": len(own),
            "answered": sum(row["response"] is not None for row in own),
            "failed": sum(row["response"] is None for row in own),
            "truncated": sum(row["finish_reason"] == "length" for row in own),
            "no_answer": sum(row["extracted"] is None for row in scored),
            "correct": right,
            "accuracy": 100 * right / len(scored) if scored else None,
            "interval": [100 * low, 100 * high] if scored else None,
        }
    known = [each["accuracy"] for each in tasks.values() if each["accuracy"] is not None]
    return {"tasks": tasks, "average": sum(known) / len(known) if known else None}


def save(folder: Path, rows: Sequence[Mapping[str, Any]], scores: Mapping[str, Any]) -> None:
    """Writes items.parquet and scores.json."""
    write_rows(folder / ITEMS, rows)
    write_json(folder / SCORES, dict(scores))


def compare(first: Path, second: Path) -> dict[str, Any]:
    """Two run folders on the questions that both answered (McNemar's exact test).

    A question is the same if its task, id and text are. ``left_out`` counts those that only one
    of the two has answered, of the first and of the second.

    Raises:
        InputError: A folder holds no scored items, or they share none.
    """
    one, other = (_verdicts(folder) for folder in (first, second))
    shared = [key for key in one if key in other]
    if not shared:
        raise InputError(
            f"'{first}' and '{second}' share no scored question: of the {len(one):,} and "
            f"{len(other):,} none is the same in task, id and text"
        )
    counts = {(a, b): 0 for a in (True, False) for b in (True, False)}
    for key in shared:
        counts[one[key], other[key]] += 1
    table = McNemar(
        counts[True, True], counts[True, False], counts[False, True], counts[False, False]
    )
    low, high = table.interval()
    return {
        "runs": [str(first), str(second)],
        "shared": table.shared,
        "left_out": [len(one) - table.shared, len(other) - table.shared],
        "accuracy": [
            100 * (table.both + table.first) / table.shared,
            100 * (table.both + table.second) / table.shared,
        ],
        "only_first": table.first,
        "only_second": table.second,
        "difference": 100 * table.difference,
        "interval": [100 * low, 100 * high],
        "p_value": table.p_value(),
    }


def _verdicts(folder: Path) -> dict[tuple[str, str, str], bool]:
    if not (folder / ITEMS).is_file():
        raise InputError(f"holds no {ITEMS}; 'bmc-dpo eval' with --run-dir writes it", path=folder)
    rows = (row for _, row in read_rows(folder / ITEMS))
    return {
        (row["task"], row["id"], row["question"]): row["correct"]
        for row in rows
        if row["correct"] is not None
    }
