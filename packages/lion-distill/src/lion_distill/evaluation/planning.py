"""What an evaluation would take, before anybody is asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lion_distill.choices import EvaluationChoice, RefereeChoice
from lion_distill.evaluation.asking import requests
from lion_distill.evaluation.pipeline import checked
from lion_distill.evaluation.questions import Question, open_of
from truing_core.budget import Estimate
from truing_core.roles import ModelChoice, estimated


def plan(
    folder: Path,
    student: ModelChoice,
    choice: EvaluationChoice,
    referee: RefereeChoice,
    *,
    fresh: bool = False,
) -> dict[str, Estimate]:
    """What an evaluation would take, by role; a referee's requests are guessed by their number.

    Args:
        folder: The run folder, whose replies cost nothing.
        student: Who is measured.
        choice: On what, and against whom.
        referee: Who compares.
        fresh: The run will start over.
    """
    questions = checked(choice, referee)
    asked = requests(student, questions)
    found = {"student": estimated(folder, asked, student, fresh=fresh)}
    if choice.reference is not None:
        asked = requests(choice.reference, questions)
        found["reference"] = estimated(folder, asked, choice.reference, fresh=fresh)
    if referee.model is not None and (judged := open_of(questions)):
        found["referee"] = _guessed(judged, student, choice, referee.model)
    return found


def _guessed(
    questions: Sequence[Question],
    student: ModelChoice,
    choice: EvaluationChoice,
    referee: ModelChoice,
) -> Estimate:
    """Both orders, with answers half as long as they may be."""
    from truing_core.budget import count_roughly

    longest = [student.sampling.max_tokens]
    if choice.reference is not None:
        longest.append(choice.reference.sampling.max_tokens)
    prompt = 2 * sum(
        count_roughly(each.instruction.messages()) + sum(longest) // 2 for each in questions
    )
    completion = 2 * len(questions) * referee.sampling.max_tokens
    return Estimate.priced(2 * len(questions), prompt, completion, referee.price)
