"""What an evaluation would ask, without a model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from lte_edit.cases import Case
from lte_edit.evaluation.choices import EvalChoice, Setting
from lte_edit.evaluation.methods.registry import method_of
from lte_edit.evaluation.questions import open_questions, questions_of
from truing_core.errors import InputError


def plan(
    cases: Sequence[Case], methods: Sequence[str], settings: Sequence[Setting], choice: EvalChoice
) -> list[dict[str, Any]]:
    """The evaluations in their order, each with its numbers.

    Returns:
        For each setting and method: ``method``, ``setting``, ``records``, ``edits`` (that hold at
        once: a record's own, at most, or those of all records), ``questions`` by metric, and
        ``open_questions``, which have no answer to score.

    Raises:
        InputError: There are no records.
        UsageError: A method is unknown, or there are fewer records than edits wanted.
    """
    if not cases:
        raise InputError("there are no records to evaluate")
    for name in methods:
        method_of(name)
    found = []
    for setting in settings:
        size = setting.records(len(cases))
        own = [len(case.edits) for case in cases[:size]]
        questions = Counter(
            question.metric
            for record, case in enumerate(cases[:size])
            for question in questions_of(record, case, choice.protocol)
        )
        found += [
            {
                "method": name,
                "setting": setting.name,
                "records": size,
                "edits": max(own) if setting.name == "single" else sum(own),
                "questions": dict(questions),
                "open_questions": open_questions(cases[:size]),
            }
            for name in methods
        ]
    return found
