"""What is asked of a record, and under which metric it counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lte_edit.cases import EDIT, REPHRASE, Case, Probe
from lte_edit.evaluation.texts import Protocol

Metric = Literal["edit_success", "rephrase", "portability", "locality"]


@dataclass(frozen=True)
class Question:
    """A probe of a record.

    Attributes:
        record: The record's place in the data.
        case: The record.
        metric: Where it counts.
        probe: What is asked, and the right answers.
        first: Whether it is the record's own edit, by which fluency is measured.
    """

    record: int
    case: Case
    metric: Metric
    probe: Probe
    first: bool

    @property
    def target(self) -> str:
        """The answer whose tokens are compared."""
        return self.probe.answers[0]


def questions_of(record: int, case: Case, protocol: Protocol) -> list[Question]:
    """The questions of a record: all of them, or under ``released`` the first of each aspect."""
    found: list[Question] = []
    seen: Counter[tuple[str, str]] = Counter()
    for probe in case.probes:
        metric = _metric(probe)
        if metric is None or not probe.answers:
            continue
        key = (metric, probe.aspect)
        seen[key] += 1
        if protocol == "released" and seen[key] > 1:
            continue
        first = metric == "edit_success" and seen[key] == 1
        found.append(Question(record, case, metric, probe, first))
    return found


def open_questions(cases: Sequence[Case]) -> int:
    """How many probes have no answer that could be scored."""
    return sum(_metric(probe) is None for case in cases for probe in case.probes)


def _metric(probe: Probe) -> Metric | None:
    if probe.scope == "free":
        return None
    if probe.scope == "out":
        return "locality"
    if probe.aspect == EDIT:
        return "edit_success"
    return "rephrase" if probe.aspect == REPHRASE else "portability"
