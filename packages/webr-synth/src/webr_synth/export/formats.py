"""The formats in which others read instructions and answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, get_args

Format = Literal["messages", "openai", "sharegpt", "alpaca"]
FORMATS: tuple[Format, ...] = get_args(Format)

Row = Mapping[str, Any]

_SHAREGPT = {"system": "system", "user": "human", "assistant": "gpt"}


def convert(row: Row, format: Format) -> dict[str, Any]:
    """A row of ``run`` in another format.

    * ``messages``: TRL's conversations, with the row's id.
    * ``openai``: what OpenAI's fine-tuning takes: ``messages`` and nothing else.
    * ``sharegpt``: ``conversations`` of ``from`` and ``value``.
    * ``alpaca``: ``instruction``, ``input``, ``output``. With web as instruction the request is
      the instruction and the document the input; in which order they stood is lost.

    Args:
        row: With a conversation in ``messages``; all else may be missing.
        format: Which.
    """
    return _CONVERTERS[format](row)


def _turns(row: Row) -> list[dict[str, str]]:
    return [{"role": each["role"], "content": each["content"]} for each in row["messages"]]


def _messages(row: Row) -> dict[str, Any]:
    named = {"prompt_id": row["prompt_id"]} if row.get("prompt_id") else {}
    return {**named, "messages": _turns(row)}


def _openai(row: Row) -> dict[str, Any]:
    return {"messages": _turns(row)}


def _sharegpt(row: Row) -> dict[str, Any]:
    named = {"id": row["prompt_id"]} if row.get("prompt_id") else {}
    turns = [
        {"from": _SHAREGPT[each["role"]], "value": each["content"]} for each in row["messages"]
    ]
    return {**named, "conversations": turns}


def _alpaca(row: Row) -> dict[str, Any]:
    messages = row["messages"]
    request, document = row.get("request"), row.get("document")
    by_document = str(row.get("perspective") or "").startswith("wi")
    if by_document and isinstance(request, str) and isinstance(document, str):
        instruction, given = request, document
    else:
        asked = [each["content"] for each in messages[:-1] if each["role"] != "assistant"]
        instruction, given = "\n\n".join(asked), ""
    return {"instruction": instruction, "input": given, "output": messages[-1]["content"]}


_CONVERTERS: dict[Format, Callable[[Row], dict[str, Any]]] = {
    "messages": _messages,
    "openai": _openai,
    "sharegpt": _sharegpt,
    "alpaca": _alpaca,
}
