"""General instructions, which keep a model's other abilities while it learns to obey edits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from truing_core.errors import InputError
from truing_core.models.base import Message
from truing_core.records import read_hub, read_rows
from truing_core.run import rng

_FILES = (".jsonl", ".ndjson", ".json", ".gz", ".parquet")
_ROLES = {"system", "user", "assistant"}
Conversation = tuple[str, tuple[Message, ...]]


def read_conversations(source: str, limit: int | None, seed: int) -> list[Conversation]:
    """Conversations of a file, or of a hub data set, with ``messages`` that end in an answer.

    Args:
        source: ``.jsonl``, ``.json``, ``.parquet``, a hub id, or a data set's folder.
        limit: How many are drawn; all if ``None``.
        seed: Of the draw.

    Returns:
        An id and the messages of each, in the order of the source.

    Raises:
        InputError: A row's messages are no such conversation; names the row.
    """
    name = Path(source).stem
    found = [
        (f"{name}-{number}", _messages(row.get("messages"), source, number))
        for number, row in _rows(source)
    ]
    if limit is None or limit >= len(found):
        return found
    return [
        found[place] for place in sorted(rng(seed, name, "mix").sample(range(len(found)), limit))
    ]


def _rows(source: str) -> Iterator[tuple[int, dict[str, Any]]]:
    # A hub id may have a dot, too, and a folder of its name beside us, which datasets reads.
    path = Path(source)
    return read_rows(path) if path.suffix.lower() in _FILES or path.is_file() else read_hub(source)


def _messages(value: Any, path: str, number: int) -> tuple[Message, ...]:
    def wrong(message: str) -> InputError:
        return InputError(message, path=path, row=number, field="messages")

    if not isinstance(value, list) or len(value) < 2:
        raise wrong("expected a list of two or more messages")
    messages: list[Message] = []
    for message in value:
        role, content = (
            (message.get("role"), message.get("content")) if isinstance(message, dict) else (0, 0)
        )
        if role not in _ROLES or not isinstance(content, str) or not content.strip():
            raise wrong("expected messages with a role (system, user, assistant) and text")
        messages.append({"role": role, "content": content})
    if [message["role"] for message in messages[-2:]] != ["user", "assistant"]:
        raise wrong("expected a question of the user and an answer of the assistant at the end")
    return tuple(messages)
