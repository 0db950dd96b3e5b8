"""Student, reference and referee are asked; every reply goes through the run's journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lion_distill.choices import RefereeChoice
from lion_distill.evaluation.questions import Question
from lion_distill.metering import Metered, tokens
from lion_distill.rows import Answers, Review
from truing_core.errors import ModelError
from truing_core.models import ChatReply, ChatRequest
from truing_core.roles import ModelChoice, Watch, loaded
from truing_core.run import Run

Replies = dict[str, ChatReply]
"""By the id of the question."""


def requests(model: ModelChoice, questions: Sequence[Question]) -> list[ChatRequest]:
    """What a model is asked."""
    return [each.instruction.request(model.sampling) for each in questions]


def asked(
    run: Run, choice: ModelChoice, questions: Sequence[Question], who: str, watch: Watch
) -> Replies:
    """A model's replies to all questions, in their order.

    Raises:
        ModelError: It cannot be used, or all requests failed.
    """
    replies: Replies = {}
    with loaded(choice, run) as model, watch(f"evaluate: {who}", len(questions)) as on_reply:
        for reply in model.complete(requests(choice, questions)):
            on_reply(reply)
            replies[reply.id] = reply
    failed = [reply.error for reply in replies.values() if not reply.ok]
    if failed and len(failed) == len(questions):
        raise ModelError(
            f"all {len(failed)} requests to the {who} failed; the first said: {failed[0]}"
        )
    return {each.id: replies[each.id] for each in questions}


def reviewed(
    run: Run,
    questions: Sequence[Question],
    replies: Mapping[str, Replies],
    referee: RefereeChoice,
    watch: Watch,
) -> tuple[list[Review], dict[str, int]]:
    """Reviews of open questions that both answered, in their order, and the referee's tokens.

    Raises:
        ModelError: The referee cannot be used, or all requests to it failed.
    """
    from lion_distill.discrimination import review

    if not questions or referee.model is None:
        return [], {}
    instructions = {each.id: each.instruction for each in questions}
    answers = [
        Answers(
            id=each.id,
            teacher=text_of(replies["reference"][each.id]),
            student=text_of(replies["student"][each.id]),
        )
        for each in questions
    ]
    both = [each for each in answers if each.teacher is not None and each.student is not None]
    found: dict[str, Review] = {}
    with (
        loaded(referee.model, run) as model,
        watch("evaluate: referee", 2 * len(both)) as on_reply,
    ):
        metered = Metered(model)
        for each in review(instructions, both, referee, metered, on_reply=on_reply):
            found[each.id] = each
    if metered.failed and metered.failed == metered.replies:
        raise ModelError(
            f"all {metered.failed} requests to the referee failed; the last said: {metered.error}"
        )
    return [found[each.id] for each in both if each.id in found], tokens(metered.usage)


def text_of(reply: ChatReply) -> str | None:
    """What was said; ``None`` if the request failed."""
    return reply.text if reply.ok else None
