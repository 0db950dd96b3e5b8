"""From conversations to prompt and completion: the loss is on what the assistant says, alone.

TRL masks prompts by itself, and renders both halves by the tokenizer's own chat template, so that
training sees what serving and evaluation feed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from truing_core.errors import InputError

MESSAGES = "messages"
_ROLES = ("system", "user", "assistant")


def to_turns(data: Any, name: str, expected: str = "conversations") -> Any:
    """Each turn of the assistant becomes a row of its own, with all before it as the prompt.

    Args:
        data: A data set with a column ``messages``; streamed or not.
        name: What the data set is called, for messages about it.
        expected: What it should have been, for the message that it has no such column.

    Returns:
        A data set with the columns ``prompt`` and ``completion`` (lists of messages).

    Raises:
        InputError: There is no such column, or a row holds no conversation that could be learned.
    """
    columns = list(data.column_names or next(iter(data.take(1)), {}))
    if MESSAGES not in columns:
        raise InputError(
            f"has no column '{MESSAGES}' (but {', '.join(sorted(columns)) or 'nothing'}); expected "
            f"{expected}",
            path=name,
        )

    def split(rows: Mapping[str, Sequence[Any]], numbers: Sequence[int]) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {"prompt": [], "completion": []}
        for number, messages in zip(numbers, rows[MESSAGES], strict=True):
            turns = _checked(messages, name, number + 1)
            for place, turn in enumerate(turns):
                if turn["role"] == "assistant":
                    found["prompt"].append(turns[:place])
                    found["completion"].append([turn])
        return found

    return data.map(split, batched=True, with_indices=True, remove_columns=columns)


def _checked(messages: Any, name: str, row: int) -> list[dict[str, str]]:
    """A conversation's messages, with nothing but role and content."""

    def bad(what: str) -> InputError:
        return InputError(what, path=name, row=row, field=MESSAGES)

    if not isinstance(messages, list) or not messages:
        raise bad("expected a list of messages")
    turns = []
    for message in messages:
        role = message.get("role") if isinstance(message, Mapping) else None
        content = message.get("content") if isinstance(message, Mapping) else None
        if role not in _ROLES or not isinstance(content, str):
            raise bad(f"expected messages with a role of {', '.join(_ROLES)} and text as content")
        turns.append({"role": str(role), "content": content})
    answers = [turn for turn in turns if turn["role"] == "assistant"]
    if turns[0]["role"] == "assistant":
        raise bad("begins with the assistant; expected a question first")
    if not answers:
        raise bad("the assistant says nothing; expected an answer to learn")
    if not all(turn["content"].strip() for turn in answers):
        raise bad("an answer is empty")
    return turns
