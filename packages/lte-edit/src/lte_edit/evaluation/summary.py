"""From scored questions to the metrics of an evaluation, in percent."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from lte_edit.evaluation.rows import Row
from truing_core.statistics import interval, mean

_AGES = 5
Value = Callable[[Row], float | None]


def summarise(rows: Sequence[Row], *, retrieves: bool, seed: int = 0) -> dict[str, Any]:
    """All metrics; a record's score is the mean over its questions, a metric's that over records.

    Args:
        rows: Of one method and setting.
        retrieves: Whether edits were looked up.
        seed: Of the intervals.

    Returns:
        ``edit_success``, ``rephrase``, ``portability`` and ``locality`` by aspect,
        ``locality_original`` (against the model before its alignment, where there is one),
        ``fluency``, ``retrieval``, ``generation``, ``intervals`` of the same shape, and ``n``: the
        records behind each.
    """
    table = _Table(seed)
    of = _by_metric(rows)
    score = _field("score")
    table.put(("edit_success",), of["edit_success"], score)
    table.put(("rephrase",), of["rephrase"], score)
    for metric in ("portability", "locality"):
        for aspect, own in _by_aspect(of[metric]).items():
            table.put((metric, aspect), own, score)
    original = _field("score_original")
    for aspect, own in _by_aspect(of["locality"]).items():
        if any(original(row) is not None for row in own):
            table.put(("locality_original", aspect), own, original)
    table.put(("fluency",), rows, _field("fluency"))
    if retrieves:
        own = [*of["edit_success"], *of["rephrase"], *of["portability"]]
        for name in ("at_1", "at_k"):
            table.put(("retrieval", name), own, _field(name))
            for metric in ("edit_success", "rephrase", "portability"):
                if of[metric]:
                    table.put(("retrieval", metric, name), of[metric], _field(name))
        if of["locality"]:
            table.put(("retrieval", "locality", "own_edit"), of["locality"], _field("at_k"))
            table.put(
                ("retrieval", "locality", "any_edit"),
                of["locality"],
                lambda row: float(bool(row["facts"])),
            )
    for match in ("exact", "contains"):
        for metric in ("edit_success", "rephrase"):
            table.put(("generation", match, metric), of[metric], _field(match))
        for aspect, own in _by_aspect(of["portability"]).items():
            table.put(("generation", match, "portability", aspect), own, _field(match))
    for aspect, own in _by_aspect(of["locality"]).items():
        table.put(("generation", "same", "locality", aspect), own, _field("same"))
    scores = {
        **{name: {} for name in ("portability", "locality")},
        **table.values,
        "intervals": table.intervals,
        "n": {"records": len({row["record"] for row in rows}), **table.counts},
        "questions": len(rows),
        "skipped": dict(Counter(row["skipped"] for row in rows if row["skipped"])),
        "edits_dropped": sum(row["dropped"] for row in rows),
    }
    return {
        "edit_success": None, "rephrase": None, "fluency": None,
        "retrieval": {"at_1": None, "at_k": None}, **scores,
    }  # fmt: skip


def retention(rows: Sequence[Row], records: int, seed: int = 0) -> list[dict[str, Any]]:
    """How well edits made one after the other still hold, by how many came after them.

    Args:
        rows: Of a sequential evaluation.
        records: How many records there are; the last one has age 0.
        seed: Of the intervals.
    """
    size = -(-records // _AGES)
    table = []
    for youngest in range(0, records, size):
        oldest = min(youngest + size, records) - 1
        own = [
            row
            for row in rows
            if row["metric"] == "edit_success" and youngest <= records - 1 - row["record"] <= oldest
        ]
        values = per_record(own, _field("score"))
        if values:
            low, high = interval(values, seed) or (0.0, 0.0)
            table.append(
                {
                    "age": [youngest, oldest],
                    "edit_success": 100 * (mean(values) or 0.0),
                    "interval": [100 * low, 100 * high],
                    "n": len(values),
                }
            )
    return table


def per_record(rows: Sequence[Row], value: Value) -> list[float]:
    """The mean of each record that has a value."""
    values: defaultdict[int, list[float]] = defaultdict(list)
    for row in rows:
        found = value(row)
        if found is not None:
            values[row["record"]].append(found)
    return [sum(own) / len(own) for own in values.values()]


class _Table:
    """Values, intervals and counts, filed under the same names."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.values: dict[str, Any] = {}
        self.intervals: dict[str, Any] = {}
        self.counts: dict[str, Any] = {}

    def put(self, path: tuple[str, ...], rows: Sequence[Row], value: Value) -> None:
        """Files a metric; nothing where no record has a value."""
        values = per_record(rows, value)
        if not values:
            return
        low, high = interval(values, self._seed) or (0.0, 0.0)
        found = mean(values)
        assert found is not None
        for tree, leaf in (
            (self.values, 100 * found),
            (self.intervals, [100 * low, 100 * high]),
            (self.counts, len(values)),
        ):
            for name in path[:-1]:
                tree = tree.setdefault(name, {})
            tree[path[-1]] = leaf


def _field(name: str) -> Value:
    def value(row: Row) -> float | None:
        found = row.get(name)
        return None if found is None else float(found)

    return value


def _by_metric(rows: Sequence[Row]) -> defaultdict[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["metric"]].append(row)
    return found


def _by_aspect(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["aspect"], []).append(row)
    return found
