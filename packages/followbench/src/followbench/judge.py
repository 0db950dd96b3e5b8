"""Asking a judge which constraints an answer satisfies, and reading what it says.

The judge sees the *constraint-evolution path* (FollowBench, arXiv 2310.20410, section 3.3): the
request at every level up to the item's, so that it can read each added constraint off the
difference between two steps. Reading its verdicts is the business of
:mod:`followbench.verdicts`; nothing it says is ever evaluated.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from followbench.data import Item, Lang
from followbench.verdicts import Unread, parse_judgement
from truing_core.models.base import Message

if TYPE_CHECKING:
    from truing_core.prompts import Prompts

__all__ = [
    "Unread",
    "judge_messages",
    "judge_schema",
    "parse_judgement",
    "reask_messages",
    "template_name",
]

_REASK = {
    "en": "I could not read your verdicts: {reason}. Give them again. Your last line must hold "
    "nothing but the list in square brackets, each word of it YES or NO.",
    "zh": "我无法读取你的判定（{reason}）。请重新给出。最后一行只能是用方括号括起来的列表，"
    "其中每个词是YES或NO。",
}

# The criterion for a constraint that has no sentence of its own, among others that have one.
_ADDED = {
    "en": "The constraint that step {step} added to the request is met.",
    "zh": "满足第{step}步给请求加上的约束。",
}


def template_name(item: Item) -> str:
    """The template that an item is judged with."""
    return f"judge/{item.lang}/{item.category}.j2"


def judge_messages(item: Item, generation: str, prompts: Prompts) -> tuple[Message, ...]:
    """The question to the judge.

    Args:
        item: The item that was answered; at least one of its constraints is judged.
        generation: The answer. It is fenced by a mark that it cannot hold, so it cannot pass
            for a part of the question.
        prompts: Where the templates come from.

    Returns:
        A conversation of one user turn; some models know no system turn.
    """
    if not item.judged:
        raise ValueError(f"item {item.id} has nothing to judge")
    criteria = _criteria(item)
    content = prompts.render(
        template_name(item),
        path=item.path,
        answer=generation,
        mark=_mark(generation, *item.path, *criteria),
        criteria=criteria,
        n=item.judged,
    )
    return (Message(role="user", content=content),)


def reask_messages(
    messages: tuple[Message, ...], reply: str, reason: str, lang: Lang = "en"
) -> tuple[Message, ...]:
    """The question again, after a reply that could not be read.

    Args:
        messages: The conversation so far.
        reply: What the judge said.
        reason: Why that could not be read (:attr:`Unread.reason`).
        lang: The language to ask in.
    """
    return (
        *messages,
        # Chat templates that alternate strictly want a turn here, and some refuse an empty one.
        Message(role="assistant", content=reply if reply.strip() else "..."),
        Message(role="user", content=_REASK[lang].format(reason=reason)),
    )


def judge_schema(n: int) -> dict[str, Any]:
    """The JSON schema of a reply with ``n`` verdicts, each after its reason."""

    def list_of(item: dict[str, Any]) -> dict[str, Any]:
        return {"type": "array", "items": item, "minItems": n, "maxItems": n}

    return {
        "type": "object",
        "properties": {
            "reasons": list_of({"type": "string"}),
            "verdicts": list_of({"type": "string", "enum": ["YES", "NO"]}),
        },
        "required": ["reasons", "verdicts"],
        "additionalProperties": False,
    }


def _criteria(item: Item) -> list[str]:
    """What is to be decided, in order; nothing where it is what each step of the path added."""
    if [constraint.kind for constraint in item.constraints] == ["path"] * item.level:
        return []
    return [
        constraint.criterion or _ADDED[item.lang].format(step=step)
        for step, constraint in zip(item.steps, item.constraints, strict=True)
        if constraint.judged
    ]


def _mark(*texts: str) -> str:
    """A mark that occurs in none of the texts, the same for the same texts.

    It hangs on what it fences, so an answer cannot be written to hold it.
    """
    seed = "\0".join(texts).encode("utf-8", "surrogatepass")
    while True:
        seed = hashlib.sha256(seed).digest()
        mark = f"ANSWER-{seed.hex()[:10].upper()}"
        if not any(mark.casefold() in text.casefold() for text in texts):
            return mark
