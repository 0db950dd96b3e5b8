"""A conversation under the edits that matter to it: what is looked up, and what the model gets.

The block of facts stands before the last question of the user. All else passes as it came, and
so does the whole conversation where no edit matters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lte_edit.block import edit_prompt, fact_of
from lte_edit.memory.results import Hit
from truing_core.models import ChatModel, Sampling
from truing_core.prompts import Prompts

ChatMessage = Mapping[str, Any]

_LEAST_REPLY = 128  # tokens; a block that leaves less for the answer is shortened


@dataclass(frozen=True)
class Grounded:
    """What a model is asked.

    Attributes:
        messages: The conversation; the caller's own where no edit is used.
        used: Edits in the block, the nearest first.
        left_out: Edits that were found but for which the context has no room.
    """

    messages: tuple[ChatMessage, ...]
    used: tuple[Hit, ...] = ()
    left_out: tuple[Hit, ...] = ()


def question_of(messages: Sequence[ChatMessage]) -> str:
    """The text that edits are looked up by: the user's last; empty where there is none."""
    place = _last_question(messages)
    return "" if place is None else _text_of(messages[place].get("content"))


def ground(
    prompts: Prompts,
    messages: Sequence[ChatMessage],
    hits: Sequence[Hit],
    fits: Callable[[Sequence[ChatMessage]], bool] | None = None,
) -> Grounded:
    """Puts edits before the user's last question.

    Args:
        prompts: Templates, ``edit.j2`` among them.
        messages: The conversation as OpenAI's API takes it; contents may be lists of parts.
        hits: What the memory found for :func:`question_of` it, the nearest first.
        fits: Whether a conversation leaves room for an answer. Edits are dropped, the farthest
            first, until it does; by default there is room for all.
    """
    place = _last_question(messages)
    for number in range(len(hits), 0, -1):
        if place is None:
            break
        facts = [fact_of(hit.edit) for hit in hits[:number]]
        content = messages[place].get("content")
        asked = edit_prompt(prompts, facts, _text_of(content))
        changed = {**messages[place], "content": _with_text(content, asked)}
        grounded = (*messages[:place], changed, *messages[place + 1 :])
        if fits is None or fits(grounded):
            return Grounded(grounded, tuple(hits[:number]), tuple(hits[number:]))
    return Grounded(tuple(messages), (), tuple(hits))


def room_for(
    model: ChatModel, sampling: Sampling
) -> Callable[[Sequence[ChatMessage]], bool] | None:
    """Whether a conversation leaves a model room for its answer.

    Returns:
        What :func:`ground` takes as ``fits``; ``None`` where the context is not known beforehand,
        as that of a server.
    """
    room: Any = getattr(model, "room", None)
    if room is None:
        return None
    least = min(sampling.max_tokens, _LEAST_REPLY)

    def fits(conversation: Sequence[ChatMessage]) -> bool:
        left = room(conversation)
        return left is None or left >= least

    return fits


def _last_question(messages: Sequence[ChatMessage]) -> int | None:
    asked = [
        place
        for place, message in enumerate(messages)
        if message.get("role") == "user" and _text_of(message.get("content")).strip()
    ]
    return asked[-1] if asked else None


def _text_of(content: Any) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "\n".join(part["text"] for part in content if _is_text(part))


def _with_text(content: Any, text: str) -> Any:
    """The content with another text; pictures and the like keep their order behind it."""
    if isinstance(content, str):
        return text
    return [{"type": "text", "text": text}, *(part for part in content if not _is_text(part))]


def _is_text(part: Any) -> bool:
    return (
        isinstance(part, Mapping)
        and part.get("type") == "text"
        and isinstance(part.get("text"), str)
    )
