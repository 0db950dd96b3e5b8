"""What an evaluation would take, before anybody is asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lion_distill.choices import EvaluationChoice, LionChoice, RefereeChoice
from lion_distill.evaluation.asking import requests
from lion_distill.evaluation.pipeline import checked, of_loop
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
        longest = _longest(choice.reference, student.sampling.max_tokens)
        found["referee"] = _guessed(judged, longest, referee.model)
    return found


def plan_in_loop(
    folder: Path, choice: LionChoice, students: int, *, fresh: bool = False
) -> dict[str, Estimate]:
    """What a loop's evaluations would take; students run on this machine and are left out.

    Args:
        folder: The run folder, whose replies cost nothing.
        choice: The loop.
        students: How many are measured. The reference answers once, the referee reads each anew.
        fresh: The run will start over.

    Raises:
        InputError: The questions cannot be read, or need a referee that is not there.
    """
    own = of_loop(choice)
    questions = checked(own, choice.referee)
    assert own.reference is not None
    asked = requests(own.reference, questions)
    found = {"evaluate: reference": estimated(folder, asked, own.reference, fresh=fresh)}
    referee = choice.referee.model
    if referee is not None and (judged := open_of(questions)):
        longest = _longest(own.reference, choice.student.sampling.max_tokens)
        found["evaluate: referee"] = _guessed(judged, longest, referee, students)
    return found


def _longest(reference: ModelChoice | None, student: int) -> int:
    """Tokens of both answers together, at most."""
    return student + (reference.sampling.max_tokens if reference is not None else 0)


def _guessed(
    questions: Sequence[Question], longest: int, referee: ModelChoice, students: int = 1
) -> Estimate:
    """Both orders, with answers half as long as they may be."""
    from truing_core.models.token_counts import count_roughly

    count = 2 * students * len(questions)
    asked = sum(count_roughly(each.instruction.messages()) + longest // 2 for each in questions)
    most = count * referee.sampling.max_tokens
    return Estimate.priced(count, 2 * students * asked, most, referee.price)
