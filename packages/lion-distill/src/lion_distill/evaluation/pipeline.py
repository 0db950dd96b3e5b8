"""The main flow: questions -> answers of student and reference -> reviews -> scores.

Open questions go to the referee, in both orders; tasks with an answer are checked, whoever the
referee is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lion_distill.choices import EvaluationChoice, LionChoice, RefereeChoice
from lion_distill.discrimination.desk import FAILED
from lion_distill.evaluation.asking import Replies, asked, reviewed, text_of
from lion_distill.evaluation.questions import (
    Question,
    config_of,
    open_of,
    read_questions,
    tasks_of,
)
from lion_distill.evaluation.scores import accuracy, relative
from lion_distill.metering import tokens as tokens_of
from lion_distill.rows import Review
from lion_distill.workspace import Iteration
from truing_core.errors import InputError, UsageError
from truing_core.files import write_json
from truing_core.models.base import Usage
from truing_core.records import write_rows
from truing_core.roles import ModelChoice, Watch
from truing_core.run import Run

Facts = dict[str, Any]


def evaluate_student(
    run: Run, at: Iteration, choice: LionChoice, *, watch: Watch
) -> dict[str, Any]:
    """The stage of the loop: the iteration's student beside the teacher, or another reference.

    Writes ``evaluation.json``, and ``evaluation.jsonl`` with a row for each question.

    Returns:
        What ``run.json`` keeps of it: ``score``, ``interval``, ``questions``, ``failed``,
        ``tokens``, and ``of``, as :func:`measured_on` gives it.

    Raises:
        InputError: The questions cannot be read.
        ModelError: A model cannot be used.
    """
    from lion_distill.imitation import student_choice

    of = measured_on(choice)
    own = of_loop(choice)
    student = student_choice(at, choice.student)
    result = evaluate(
        run, student, own, choice.referee, seed=choice.seed, watch=watch, path=at.evaluation
    )
    kept = ("score", "interval", "questions", "failed", "tokens")
    return {**{name: result[name] for name in kept}, "of": of}


def of_loop(choice: LionChoice) -> EvaluationChoice:
    """The evaluation of a loop, whose students are compared with the teacher by default."""
    reference = choice.evaluation.reference or choice.teacher
    return replace(choice.evaluation, reference=reference)


def measured_on(choice: LionChoice) -> Facts:
    """What of a loop's evaluation changes its scores, beside what the run's config holds.

    Raises:
        InputError: The questions cannot be read, or need a referee that is not there.
    """
    own = of_loop(choice)
    assert own.reference is not None
    return {
        "questions": config_of(checked(own, choice.referee)),
        "reference": own.reference.config(),
    }


def evaluate(
    run: Run,
    student: ModelChoice,
    choice: EvaluationChoice,
    referee: RefereeChoice,
    *,
    seed: int,
    watch: Watch,
    path: Path,
) -> dict[str, Any]:
    """Measures a student on a question set.

    Args:
        run: The open run; its journal keeps every reply.
        student: Who is measured.
        choice: The questions, and whom the student is compared with; tasks with an answer need no
            reference.
        referee: Who judges open questions.
        seed: Of the intervals.
        watch: Shows progress.
        path: Where the result goes, as JSON; beside it, under the same name with ``.jsonl``, a
            row for each question.

    Returns:
        ``score`` (percent; of open questions the relative score, of tasks the accuracy, the mean
        of both where there are both) with ``interval`` (``None`` where both are mixed),
        ``open`` (:func:`~lion_distill.evaluation.scores.relative`), ``tasks``
        (:func:`~lion_distill.evaluation.scores.accuracy`), who was asked, ``failed`` (of the
        referee: questions it could not be asked about) and ``cut`` replies, and ``tokens`` by role.

    Raises:
        InputError: The questions cannot be read, or need a referee or reference that is not there.
        ModelError: A model cannot be used, or all its requests failed.
    """
    questions = checked(choice, referee)
    replies = {"student": asked(run, student, questions, "student", watch)}
    if choice.reference is not None:
        replies["reference"] = asked(run, choice.reference, questions, "reference", watch)
    tokens = {
        who: tokens_of(sum((each.usage for each in own.values()), Usage()))
        for who, own in replies.items()
    }
    reviews, spent = reviewed(run, open_of(questions), replies, referee, watch)
    if spent:
        tokens["referee"] = spent
    right = _right(tasks_of(questions), replies)
    categories = {each.id: each.category for each in questions}
    judged = relative(reviews, categories, seed=seed) if open_of(questions) else None
    checks = accuracy(right, categories) if tasks_of(questions) else None
    failed = {who: sum(not each.ok for each in own.values()) for who, own in replies.items()}
    if judged is not None:
        failed["referee"] = sum(each.reason == FAILED for each in reviews)
    result = {
        "student": student.spec,
        "reference": choice.reference.spec if choice.reference is not None else None,
        "referee": _name(referee) if judged else None,
        "questions": len(questions),
        **_headline(judged, checks),
        "open": judged,
        "tasks": checks,
        "failed": failed,
        "cut": {
            who: sum(each.finish_reason == "length" for each in own.values())
            for who, own in replies.items()
        },
        "seed": seed,
        "tokens": tokens,
    }
    write_rows(path.with_suffix(".jsonl"), _rows(questions, replies, reviews, right))
    write_json(path, result)
    return result


def checked(choice: EvaluationChoice, referee: RefereeChoice) -> list[Question]:
    """The questions, if referee and reference are there that they need.

    Raises:
        InputError: They cannot be read, or need one that is not there.
        UsageError: No file is named.
    """
    if choice.questions is None:
        raise UsageError("no questions are named; give --questions FILE")
    questions = read_questions(choice.questions, choice.limit)
    without = len(open_of(questions))
    if without and referee.kind == "exact":
        raise InputError(
            f"{without} of {len(questions)} questions have no 'answer', so --referee exact cannot "
            "judge them; give a model as --referee, or leave them out",
            path=choice.questions,
        )
    if without and choice.reference is None:
        raise InputError(
            f"{without} of {len(questions)} questions have no 'answer' and need somebody to be "
            "compared with; give --reference",
            path=choice.questions,
        )
    return questions


def _headline(judged: Mapping[str, Any] | None, checks: Mapping[str, Any] | None) -> dict[str, Any]:
    """The one number, by which iterations are compared."""
    parts = []
    if judged is not None:
        parts.append((judged["score"], judged["interval"]))
    if checks is not None:
        parts.append((checks["student"]["accuracy"], checks["student"]["interval"]))
    known = [part for part in parts if part[0] is not None]
    return {
        "score": sum(score for score, _ in known) / len(known) if known else None,
        "interval": known[0][1] if len(known) == 1 else None,
    }


def _rows(
    questions: Sequence[Question],
    replies: Mapping[str, Replies],
    reviews: Sequence[Review],
    right: Mapping[str, Mapping[str, bool]],
) -> list[dict[str, Any]]:
    by_id = {each.id: each for each in reviews}
    rows = []
    for each in questions:
        row: dict[str, Any] = {
            "id": each.id,
            "category": each.category,
            "question": each.instruction.text,
            "expected": each.instruction.answer,
        }
        for who in ("student", "reference"):
            own = replies.get(who, {}).get(each.id)
            row[who] = text_of(own) if own is not None else None
            row[f"{who}_right"] = right.get(who, {}).get(each.id)
        found = by_id.get(each.id)
        row["student_scores"] = found.student if found else None
        row["reference_scores"] = found.teacher if found else None
        row["reviews"] = found.replies if found else None
        row["undecided"] = found.reason if found else None
        row["error"] = _error(each.id, replies, found)
        rows.append(row)
    return rows


def _error(id: str, replies: Mapping[str, Replies], review: Review | None) -> str | None:
    """What went wrong first, if something did: an answer, or else the review."""
    failed = (own[id].error for own in replies.values() if not own[id].ok)
    return next(failed, review.error if review else None)


def _right(tasks: Sequence[Question], replies: Mapping[str, Replies]) -> dict[str, dict[str, bool]]:
    """Whether each task that was answered was answered rightly, by who answered."""
    from lion_distill.discrimination.exact import is_right

    return {
        who: {
            each.id: is_right(each.instruction.answer, own[each.id].text)
            for each in tasks
            if own[each.id].ok and each.instruction.answer is not None
        }
        for who, own in replies.items()
    }


def _name(referee: RefereeChoice) -> str:
    return referee.model.spec if referee.model is not None else referee.kind
