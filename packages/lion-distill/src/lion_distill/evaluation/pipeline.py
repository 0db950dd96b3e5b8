"""The main flow: questions -> answers of student and reference -> reviews -> scores.

Open questions go to the referee, in both orders; tasks with an answer are checked, whoever the
referee is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lion_distill.choices import EvaluationChoice, LionChoice, RefereeChoice
from lion_distill.evaluation.questions import Question, open_of, read_questions, tasks_of
from lion_distill.evaluation.scores import accuracy, relative
from lion_distill.rows import Answers, Review
from lion_distill.workspace import Iteration
from truing_core.budget import Estimate
from truing_core.errors import InputError, ModelError, UsageError
from truing_core.files import write_json
from truing_core.models import ChatReply, ChatRequest
from truing_core.models.base import Usage
from truing_core.records import write_rows
from truing_core.roles import ModelChoice, OnReply, Watch, estimated, loaded
from truing_core.run import Run

Facts = dict[str, Any]
_Replies = dict[str, ChatReply]


def evaluate_student(
    run: Run, at: Iteration, choice: LionChoice, *, watch: Watch
) -> dict[str, Any]:
    """The stage of the loop: the iteration's student beside the teacher, or another reference.

    Writes ``evaluation.json``, and ``evaluation.jsonl`` with a row for each question.

    Returns:
        What ``run.json`` keeps of it: ``score``, ``interval``, ``questions``, ``tokens``.

    Raises:
        InputError: The questions cannot be read.
        ModelError: A model cannot be used.
    """
    from dataclasses import replace

    from lion_distill.imitation import student_choice

    own = replace(choice.evaluation, reference=choice.evaluation.reference or choice.teacher)
    student = student_choice(at, choice.student)
    result = evaluate(
        run, student, own, choice.referee, seed=choice.seed, watch=watch, path=at.evaluation
    )
    kept = ("score", "interval", "questions", "failed", "tokens")
    return {name: result[name] for name in kept}


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
        (:func:`~lion_distill.evaluation.scores.accuracy`), who was asked, ``failed`` and ``cut``
        replies, and ``tokens`` by role.

    Raises:
        InputError: The questions cannot be read, or need a referee or reference that is not there.
        ModelError: A model cannot be used, or all its requests failed.
    """
    questions = checked(choice, referee)
    replies = {"student": _asked(run, student, questions, "student", watch)}
    if choice.reference is not None:
        replies["reference"] = _asked(run, choice.reference, questions, "reference", watch)
    tokens = {who: _tokens(own.values()) for who, own in replies.items()}
    reviews, spent = _reviewed(run, open_of(questions), replies, referee, watch)
    if spent:
        tokens["referee"] = spent
    right = _right(tasks_of(questions), replies)
    categories = {each.id: each.category for each in questions}
    judged = relative(reviews, categories, seed=seed) if open_of(questions) else None
    checks = accuracy(right, categories) if tasks_of(questions) else None
    result = {
        "student": student.spec,
        "reference": choice.reference.spec if choice.reference is not None else None,
        "referee": _name(referee) if judged else None,
        "questions": len(questions),
        **_headline(judged, checks),
        "open": judged,
        "tasks": checks,
        "failed": {who: sum(not each.ok for each in own.values()) for who, own in replies.items()},
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


def plan(
    folder: Path,
    student: ModelChoice,
    choice: EvaluationChoice,
    referee: RefereeChoice,
) -> dict[str, Estimate]:
    """What an evaluation would take, by role; a referee's requests are guessed by their number."""
    questions = checked(choice, referee)
    found = {"student": estimated(folder, _requests(student, questions), student)}
    if choice.reference is not None:
        requests = _requests(choice.reference, questions)
        found["reference"] = estimated(folder, requests, choice.reference)
    if referee.model is not None and (asked := open_of(questions)):
        found["referee"] = _guessed(asked, student, choice, referee.model)
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
    price = referee.price
    return Estimate(
        requests=2 * len(questions),
        prompt_tokens=prompt,
        max_completion_tokens=completion,
        cost_low=price.cost(Usage(prompt)) if price else None,
        cost_high=price.cost(Usage(prompt, completion)) if price else None,
    )


def _requests(model: ModelChoice, questions: Sequence[Question]) -> list[ChatRequest]:
    return [ChatRequest(each.id, each.instruction.messages(), model.sampling) for each in questions]


def _asked(
    run: Run, choice: ModelChoice, questions: Sequence[Question], who: str, watch: Watch
) -> _Replies:
    replies: _Replies = {}
    with loaded(choice, run) as model, watch(f"evaluate: {who}", len(questions)) as on_reply:
        for reply in model.complete(_requests(choice, questions)):
            on_reply(reply)
            replies[reply.id] = reply
    failed = [reply.error for reply in replies.values() if not reply.ok]
    if failed and len(failed) == len(questions):
        raise ModelError(
            f"all {len(failed)} requests to the {who} failed; the first said: {failed[0]}"
        )
    return {each.id: replies[each.id] for each in questions}


def _reviewed(
    run: Run,
    questions: Sequence[Question],
    replies: Mapping[str, _Replies],
    referee: RefereeChoice,
    watch: Watch,
) -> tuple[list[Review], dict[str, int]]:
    """Reviews of open questions that both answered, in their order, and the referee's tokens."""
    from lion_distill.discrimination import review

    if not questions or referee.model is None:
        return [], {}
    instructions = {each.id: each.instruction for each in questions}
    answers = [
        Answers(
            id=each.id,
            teacher=_text(replies["reference"][each.id]),
            student=_text(replies["student"][each.id]),
        )
        for each in questions
    ]
    both = [each for each in answers if each.teacher is not None and each.student is not None]
    seen: list[ChatReply] = []
    found: dict[str, Review] = {}
    with (
        loaded(referee.model, run) as model,
        watch("evaluate: referee", 2 * len(both)) as on_reply,
    ):
        for each in review(instructions, both, referee, model, on_reply=_noting(seen, on_reply)):
            found[each.id] = each
    if seen and not any(reply.ok for reply in seen):
        raise ModelError(
            f"all {len(seen)} requests to the referee failed; the first said: {seen[0].error}"
        )
    return [found[each.id] for each in both if each.id in found], _tokens(seen)


def _noting(seen: list[ChatReply], on_reply: OnReply) -> OnReply:
    def note(reply: ChatReply) -> None:
        seen.append(reply)
        on_reply(reply)

    return note


def _right(
    tasks: Sequence[Question], replies: Mapping[str, _Replies]
) -> dict[str, dict[str, bool]]:
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
    replies: Mapping[str, _Replies],
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
            row[who] = _text(own) if own is not None else None
            row[f"{who}_right"] = right.get(who, {}).get(each.id)
        found = by_id.get(each.id)
        row["student_scores"] = found.student if found else None
        row["reference_scores"] = found.teacher if found else None
        row["reviews"] = found.replies if found else None
        rows.append(row)
    return rows


def _text(reply: ChatReply) -> str | None:
    return reply.text if reply.ok else None


def _tokens(replies: Any) -> dict[str, int]:
    usage = sum((reply.usage for reply in replies), Usage())
    return {"prompt": usage.prompt_tokens, "completion": usage.completion_tokens}


def _name(referee: RefereeChoice) -> str:
    return referee.model.spec if referee.model is not None else referee.kind
