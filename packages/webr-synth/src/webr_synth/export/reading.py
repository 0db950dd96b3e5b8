"""Rows of ``run``, from a file or a folder of shards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from truing_core.errors import InputError
from truing_core.records import read_rows

_KINDS = (".parquet", ".jsonl", ".jsonl.gz", ".ndjson", ".json")


def files_of(source: Path) -> list[Path]:
    """The files that hold rows, in the order of their names.

    Raises:
        InputError: There is no such place, or no file of rows in it.
    """
    if not source.is_dir():
        return [source]
    for kind in (".parquet", ".jsonl", ".jsonl.gz"):
        found = sorted(each for each in source.iterdir() if each.name.endswith(kind))
        if found:
            return found
    raise InputError("is a folder without .parquet or .jsonl files", path=source)


def read_all(source: Path) -> Iterator[dict[str, Any]]:
    """Streams rows; of each it is made sure that it holds a conversation.

    Raises:
        InputError: A file cannot be read, or a row holds no conversation; the message names both.
    """
    for file in files_of(source):
        for number, row in read_rows(file):
            _check(row, file, number)
            yield row


def _check(row: Mapping[str, Any], file: Path, number: int) -> None:
    messages = row.get("messages")
    if not isinstance(messages, list) or not messages:
        seen = ", ".join(map(str, list(row)[:12])) or "none"
        raise InputError(
            f"expected a list of messages, as run writes it; found the fields {seen}",
            path=file,
            row=number,
            field="messages",
        )
    for message in messages:
        role, content = (
            (message.get("role"), message.get("content"))
            if isinstance(message, Mapping)
            else (None, None)
        )
        if role not in ("system", "user", "assistant") or not isinstance(content, str):
            raise InputError(
                "expected messages with a role of system, user, assistant and text as content",
                path=file,
                row=number,
                field="messages",
            )
    if messages[-1]["role"] != "assistant" or all(each["role"] != "user" for each in messages):
        raise InputError(
            "expected a user's turn and, last, an answer", path=file, row=number, field="messages"
        )
