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

_LONGEST_ECHO = 600


def question(
    prompts: Prompts, instruction: Instruction, answers: Answers, order: int
) -> tuple[Message, ...]:
    """A conversation of one user turn; some models know no system turn.

    Args:
        prompts: Where the templates come from.
        instruction: What was to be done.
        answers: Both are there.
        order: One of :data:`ORDERS`.
    """
    texts = [answers.teacher or "", answers.student or ""]
    first, second = (text if text.strip() else NO_ANSWER for text in texts)
    if order == 1:
        first, second = second, first
    task = instruction.text
    content = prompts.render(
        REVIEW, task=task, first=first, second=second, mark=make_mark(task, first, second)
    )
    return ({"role": "user", "content": content},)


def ask_again(prompts: Prompts, messages: tuple[Message, ...], reply: str) -> tuple[Message, ...]:
    """The conversation with a reply that could not be read, and what was missing in it.

    A reply that ran on is cut, so that it does not eat up the context of the next one.
    """
    echo = reply.strip() or "..."  # some chat templates refuse an empty turn
    if len(echo) > _LONGEST_ECHO:
        echo = f"{echo[:_LONGEST_ECHO]} ..."
    return (
        *messages,
        {"role": "assistant", "content": echo},
        {"role": "user", "content": prompts.render(AGAIN)},
    )
