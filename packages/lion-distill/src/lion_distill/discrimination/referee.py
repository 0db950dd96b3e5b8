"""The referee's stage: both answers to each instruction are scored, in both orders.

All questions go out in one stream, those that are asked again among the new ones. When it runs dry
while replies are under way, what these make necessary is asked in the next one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from lion_distill.choices import RefereeChoice
from lion_distill.discrimination.asking import ORDERS
from lion_distill.discrimination.desk import FAILED, Desk, unfit, unreviewed
from lion_distill.discrimination.exact import review_exactly
from lion_distill.metering import Metered, tokens
from lion_distill.rows import Answers, Instruction, Review
from lion_distill.workspace import Iteration, each_row, missing, save
from truing_core.errors import InputError, ModelError
from truing_core.final_answers import need_math_verify
from truing_core.models import ChatModel, ChatReply, ChatRequest
from truing_core.roles import Watch, loaded
from truing_core.run import Run
from truing_core.terminal import tell


def referee(
    run: Run,
    at: Iteration,
    instructions: Mapping[str, Instruction],
    choice: RefereeChoice,
    *,
    watch: Watch,
) -> dict[str, Any]:
    """Scores the answers of an iteration and writes its reviews, in the order of the answers.

    Args:
        run: Its journal keeps every reply.
        at: Where answers are and reviews go.
        instructions: By id; those that were answered are among them.
        choice: Who scores.
        watch: Shows progress.

    Returns:
        ``pairs``; ``reviewed`` and ``undecided`` of them; ``asked``, how many replies came, and
        ``unread`` of them; ``failed`` pairs; ``reasons``, why pairs are undecided; ``error``, the
        last one, if any.

    Raises:
        InputError: There are no answers, or they do not fit the instructions.
        ModelError: The referee cannot be used, or all of its requests failed.
        TruingError: ``exact`` needs math-verify, which is not there.
    """
    if not at.answers.is_file():
        raise missing(at.answers, "answer")
    order, fit = _looked_through(at, instructions)
    counts, errors = Counter[str](), list[str]()

    def counted(reviews: Iterator[Review]) -> Iterator[Review]:
        for each in reviews:
            counts.update(pairs=1, asked=sum(each.asked), read=_read(each))
            counts["failed"] += each.reason == FAILED
            if each.reason is not None:
                counts[f"reason {each.reason}"] += 1
            if each.error is not None:
                errors.append(each.error)
            yield each
        if fit and counts["failed"] == fit and not counts["asked"]:
            raise ModelError(f"all requests to the referee failed; the last said: {errors[-1]}")

    with _scoring(run, choice) as opened, watch("referee", 2 * fit) as on_reply:
        model = Metered(opened) if opened is not None else None
        reviews = review(
            instructions, each_row(at.answers, Answers), choice, model, on_reply=on_reply
        )
        save(at.reviews, counted(_in_order(reviews, order)))
    reasons = {name[7:]: n for name, n in sorted(counts.items()) if name.startswith("reason ")}
    undecided = sum(reasons.values())
    facts: dict[str, Any] = {
        "pairs": counts["pairs"],
        "reviewed": counts["pairs"] - undecided,
        "undecided": undecided,
        "asked": counts["asked"],
        "unread": counts["asked"] - counts["read"],
        "failed": counts["failed"],
        "reasons": reasons,
    }
    if model is not None:
        facts["tokens"] = tokens(model.usage)
    if errors:
        tell(f"referee: requests about {facts['failed']:,} pairs failed; they are undecided")
        facts["error"] = errors[-1]
    return facts


def review(
    instructions: Mapping[str, Instruction],
    answers: Iterable[Answers],
    choice: RefereeChoice,
    model: ChatModel | None,
    *,
    on_reply: Callable[[ChatReply], None] = lambda reply: None,
) -> Iterator[Review]:
    """Yields a review for each pair of answers once it is settled, in any order.

    A pair is not asked about if the teacher's answer is missing or empty, or if the student's is
    missing; its scores are ``None``. An empty answer of the student is scored like any other.

    Args:
        instructions: By id.
        answers: Each id once, and among the instructions.
        choice: How.
        model: The referee; ``None`` if answers are compared exactly.
        on_reply: Hears the last reply to each question; an empty one where nobody is asked.

    Raises:
        ModelError: The referee cannot be used at all.
    """
    if choice.kind == "exact":
        for each in answers:
            reason = unfit(each)
            if reason is None:
                yield review_exactly(instructions[each.id], each)
                for _ in ORDERS:
                    on_reply(ChatReply(each.id))
            else:
                yield unreviewed(each.id, reason)
        return
    if model is None or choice.model is None:
        raise ValueError("a referee of the kind 'model' needs a model")
    desk = Desk(instructions, iter(answers), choice)
    while not desk.done:
        for reply in model.complete(desk.requests()):
            if desk.settle(reply):
                on_reply(reply)
            yield from desk.settled()
        yield from desk.settled()


def first_requests(
    instructions: Mapping[str, Instruction], answers: Iterable[Answers], choice: RefereeChoice
) -> Iterator[ChatRequest]:
    """The first question about each pair in each order, for an estimate."""
    desk = Desk(instructions, iter(answers), choice)
    yield from desk.requests()


def _scoring(run: Run, choice: RefereeChoice) -> AbstractContextManager[ChatModel | None]:
    if choice.kind == "exact":
        need_math_verify()
        return nullcontext()
    if choice.model is None:
        raise ValueError("a referee of the kind 'model' needs a model")
    return loaded(choice.model, run)


def _looked_through(
    at: Iteration, instructions: Mapping[str, Instruction]
) -> tuple[list[str], int]:
    """The ids of an iteration's answers in their order, and how many pairs can be scored."""
    order: dict[str, None] = {}
    fit = 0
    for number, each in enumerate(each_row(at.answers, Answers), 1):
        problem = "stands here a second time" if each.id in order else ""
        if each.id not in instructions:
            problem = "is the id of no instruction"
        if problem:
            raise InputError(f"'{each.id}' {problem}", path=at.answers, row=number, field="id")
        order[each.id] = None
        fit += unfit(each) is None
    return list(order), fit


def _in_order(reviews: Iterable[Review], order: Sequence[str]) -> Iterator[Review]:
    """Reviews in the order of the answers; early ones wait, few as long as the server is fair."""
    early: dict[str, Review] = {}
    wanted = iter(order)
    due = next(wanted, None)
    for each in reviews:
        early[each.id] = each
        while due in early:
            yield early.pop(due)
            due = next(wanted, None)


def _read(review: Review) -> int:
    """How many replies could be read: at most one in each order."""
    return sum(score is not None for score in review.teacher) if review.asked else 0
