"""From which score on an edit matters: the threshold, chosen on questions whose answer is known."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lte_edit.memory.edit_memory import EditMemory
from truing_core.errors import InputError
from truing_core.records import read_rows

_STEP = 1e-4


@dataclass(frozen=True)
class Question:
    """A question, and the edit it needs.

    Attributes:
        text: As a user would ask.
        edit_id: The edit; ``None`` if none of the memory's edits has to do with it.
    """

    text: str
    edit_id: str | None


@dataclass(frozen=True)
class Point:
    """What a threshold does.

    Attributes:
        threshold: Least score of a hit.
        found: Share of the questions with an edit that are shown it.
        untouched: Share of the other questions that are shown nothing.
    """

    threshold: float
    found: float
    untouched: float

    @property
    def balance(self) -> float:
        """The mean of both shares."""
        return (self.found + self.untouched) / 2


@dataclass(frozen=True)
class Calibration:
    """The trade-off, and the best of it.

    Attributes:
        best: The point of the largest balance; of equals, the highest threshold.
        curve: A point at each score that occurs, the lowest threshold first.
    """

    best: Point
    curve: tuple[Point, ...]

    @property
    def threshold(self) -> float:
        """What to store: the best threshold to four decimals, rounded down.

        Scores differ in the seventh digit from batch to batch; the question that the threshold
        was taken from must not be lost by that.
        """
        return round(math.floor(self.best.threshold / _STEP) * _STEP, 4)

    def thinned(self, count: int) -> list[Point]:
        """At most so many points, evenly from the curve, and the best one among them."""
        step = max(1, math.ceil(len(self.curve) / max(1, count - 1)))
        points = {*self.curve[::step], self.best}
        return sorted(points, key=lambda point: point.threshold)


def calibrate(
    memory: EditMemory, questions: Sequence[Question], *, k: int = 3, namespace: str = "default"
) -> Calibration:
    """Tries every score as the threshold.

    Args:
        memory: Opened with its encoder.
        questions: Some that need an edit and some that need none.
        k: How many edits a question is shown.
        namespace: Where they are.

    Raises:
        InputError: One of the two kinds of questions is missing, or an edit is not in force there.
    """
    known = {edit.id for edit in memory.edits(namespace)}
    for question in questions:
        if question.edit_id is not None and question.edit_id not in known:
            raise InputError(f"the edit '{question.edit_id}' is not in force in '{namespace}'")
    hits = memory.search(
        [question.text for question in questions], k, namespace=namespace, threshold=-math.inf
    )
    right: list[float] = []
    nearest: list[float] = []
    for question, found in zip(questions, hits, strict=True):
        if question.edit_id is None:
            nearest.append(found[0].score if found else -math.inf)
        else:
            own = (hit.score for hit in found if hit.edit.id == question.edit_id)
            right.append(next(own, -math.inf))
    if not right or not nearest:
        raise InputError(
            "calibration needs questions with an edit_id and questions without; found "
            f"{len(right)} and {len(nearest)}"
        )
    right.sort()
    nearest.sort()
    # Above the highest score nothing is ever shown, which is a choice, too.
    scores = sorted({score for score in (*right, *nearest) if score > -math.inf})
    above = scores[-1] + 2 * _STEP if scores else 0.0
    curve = tuple(
        Point(
            score,
            1 - bisect_left(right, score) / len(right),
            bisect_left(nearest, score) / len(nearest),
        )
        for score in (*scores, above)
    )
    return Calibration(max(curve, key=lambda point: (point.balance, point.threshold)), curve)


def read_questions(path: str | Path) -> list[Question]:
    """Questions of a file: rows with ``question``, and ``edit_id`` where one is needed.

    Raises:
        InputError: A row has no question, or an ``edit_id`` that is no text.
    """
    questions = []
    for number, row in read_rows(path):
        text, edit_id = row.get("question"), row.get("edit_id") or None
        if not isinstance(text, str) or not text.strip():
            raise InputError("expected text", path=str(path), row=number, field="question")
        if edit_id is not None and not isinstance(edit_id, str):
            raise InputError("expected text or null", path=str(path), row=number, field="edit_id")
        questions.append(Question(text, edit_id))
    return questions
