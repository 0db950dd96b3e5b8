"""What the referee is asked, at first and again.

Both answers of an instruction are shown twice, the second time with their places changed. No
question tells which is the teacher's, and each text is fenced by a mark that occurs in none of
them, so that no answer can end its fence and speak as somebody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lion_distill.rows import Answers, Instruction
from truing_core.models import Message
from truing_core.prompts import Prompts, make_mark

REVIEW, AGAIN = "referee/review", "referee/again"
ORDERS = (0, 1)
"""In 0 the teacher's answer stands first, in 1 the student's."""
NO_ANSWER = "(no answer)"
"""What stands for a student's answer that is empty: it is scored like any other."""

_SCORE = {"type": "number", "minimum": 1, "maximum": 10}
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"reasons": {"type": "string"}, "score_1": _SCORE, "score_2": _SCORE},
    "required": ["reasons", "score_1", "score_2"],
    "additionalProperties": False,
}
"""Of a reply, where the server can hold a model to one; reasons come before scores."""


def question(
    prompts: Prompts,
    instruction: Instruction,
    answers: Answers,
    order: int,
    *,
    again: bool = False,
) -> tuple[Message, ...]:
    """A conversation of one user turn; some models know no system turn.

    Args:
        prompts: Where the templates come from.
        instruction: What was to be done.
        answers: Both are there.
        order: One of :data:`ORDERS`.
        again: An earlier reply could not be read: ask for the scores and nothing else. What was
            said is not shown, for a weak referee would say it again.
    """
    texts = [answers.teacher or "", answers.student or ""]
    first, second = (text if text.strip() else NO_ANSWER for text in texts)
    if order == 1:
        first, second = second, first
    task = instruction.text
    content = prompts.render(
        AGAIN if again else REVIEW,
        task=task,
        first=first,
        second=second,
        mark=make_mark(task, first, second),
    )
    return ({"role": "user", "content": content},)
