"""Tokens as the journal has them: each reply once, whatever stages worked with it.

What a stage says of its tokens holds replies that an earlier one paid for, too: the teacher's
answers are imitated first, compared later.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from lion_distill.reporting.manifest import Manifest
from lion_distill.stages import STAGES
from truing_core.run import JOURNAL

_BY_MODEL = (
    "SELECT model, count(*), sum(prompt_tokens), sum(completion_tokens) "
    "FROM reply GROUP BY model ORDER BY model"
)
_BETWEEN = "SELECT sum(prompt_tokens + completion_tokens) FROM reply WHERE time > ? AND time <= ?"


def usage(root: Path) -> dict[str, tuple[int, int, int]]:
    """Replies, prompt and completion tokens, by model."""
    rows = _asked(root, _BY_MODEL, [()])
    return {str(model): (count, read or 0, written or 0) for model, count, read, written in rows}


def paid(manifest: Manifest, numbers: Sequence[int]) -> list[int]:
    """Tokens that each iteration paid for: those of replies that came before its end.

    Args:
        manifest: Of the run; knows when stages were done.
        numbers: Of the iterations, in order; what comes after the last one's end is its own.
    """
    bounds = [0.0]
    for number in numbers:
        bounds.append(max(bounds[-1], _end(manifest, number)))
    bounds[-1] = float("inf")
    return [count or 0 for (count,) in _asked(manifest.root, _BETWEEN, list(pairwise(bounds)))]


def _end(manifest: Manifest, number: int) -> float:
    """When an iteration was over; evaluations may be done again at any time later."""
    times = [0.0]
    for name in STAGES:
        done = (manifest.stage(number, name) or {}).get("done")
        if name != "evaluate" and isinstance(done, str):
            try:
                times.append(datetime.fromisoformat(done).timestamp() + 1)  # it is told in seconds
            except ValueError:
                continue
    return max(times)


def _asked(root: Path, query: str, values: Sequence[Sequence[float]]) -> list[Any]:
    """Rows of the journal, read-only, so that a run under way is not disturbed."""
    import sqlite3

    path = root / JOURNAL
    if not path.is_file():
        return []
    try:
        database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)
        try:
            return [row for each in values for row in database.execute(query, each)]
        finally:
            database.close()
    except sqlite3.Error:  # held by a run, or of another version: the page does without
        return []
