"""A request and its answer, whatever the data set's format: the field's usual ones are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from truing_core.errors import InputError
from truing_core.records import read_rows

_LISTS = ("messages", "conversations", "conversation", "turns")
_REQUESTS = ("request", "instruction", "prompt", "question", "query", "text")
_ANSWERS = ("output", "response", "completion", "answer", "chosen")
_USER, _ASSISTANT = {"user", "human", "prompter"}, {"assistant", "gpt", "model", "chatgpt", "bot"}
_SUFFIXES = (".parquet", ".jsonl", ".ndjson", ".json", ".jsonl.gz", ".ndjson.gz", ".json.gz")
_SHOWN = 12

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a row says.

    Attributes:
        id: The row's own id, or the file's name and the row's number.
        request: What the user says; several turns are joined by blank lines.
        answer: What the assistant says; ``None`` where the data has no answers.
        row: The whole row.
    """

    id: str
    request: str
    answer: str | None
    row: Row


def data_files(path: Path) -> list[Path]:
    """The files of a data set: a file itself, or a folder's Parquet shards, else its JSON Lines.

    Raises:
        InputError: There is nothing to read.
    """
    if not path.is_dir():
        if not path.exists():
            raise InputError("there is no such file", path=path)
        return [path]
    for endings in (_SUFFIXES[:1], (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")):
        found = sorted(
            each
            for each in path.iterdir()
            if each.is_file() and each.name.endswith(endings) and not each.name.startswith(".")
        )
        if found:
            return found
    raise InputError("a folder without .parquet or .jsonl files", path=path)


def read_exchanges(path: Path, field: str | None = None) -> Iterator[Exchange]:
    """Streams a data set.

    Known are webr-synth's own rows (by ``request``), conversations as messages or in ShareGPT's
    form, MT-Bench's turns, Alpaca's ``instruction`` with ``input``, and rows with a prompt or a
    text.

    Args:
        path: A file, or a folder of shards.
        field: The field that holds the request, a text or a list of messages; by default it is
            found.

    Raises:
        InputError: A file cannot be read, or a row does not hold what the first one does.
    """
    for file in data_files(path):
        read: Callable[[Row], tuple[Any, Any]] | None = None
        for number, row in read_rows(file):
            if read is None:
                read = _reader(row, field, file, number)
            request, answer = read(row)
            if not isinstance(request, str):
                raise InputError(
                    f"no request in this row, unlike in the first: found {type(request).__name__}",
                    path=file,
                    row=number,
                )
            own = next((row[name] for name in ("prompt_id", "id") if row.get(name)), None)
            name = own if isinstance(own, (str, int)) else f"{file.name}:{number}"
            yield Exchange(str(name), request, answer if isinstance(answer, str) else None, row)


def _reader(
    row: Row, field: str | None, path: Path, number: int
) -> Callable[[Row], tuple[Any, Any]]:
    """How the rows of a file are read, by its first one."""
    if field is not None:
        if isinstance(row.get(field), str):
            return partial(_plain, field=field)
        if isinstance(row.get(field), list):
            return partial(_conversation, field=field)
    else:
        for name in _LISTS:
            if isinstance(row.get(name), list):
                return partial(_conversation, field=name)
        if isinstance(row.get("instruction"), str) and isinstance(
            row.get("input"), (str, type(None))
        ):
            return _alpaca
        for name in _REQUESTS:
            if isinstance(row.get(name), str):
                return partial(_plain, field=name)
            if isinstance(row.get(name), list):
                return partial(_conversation, field=name)
    seen = ", ".join(map(str, list(row)[:_SHOWN])) or "none"
    wanted = f"'{field}'" if field else f"one of {', '.join((*_LISTS, *_REQUESTS))}"
    raise InputError(
        f"no request: expected {wanted} to hold it, found the fields {seen}; name it with --field",
        path=path,
        row=number,
    )


def _plain(row: Row, field: str) -> tuple[Any, Any]:
    return row.get(field), _answer(row)


def _alpaca(row: Row) -> tuple[Any, Any]:
    request, more = row.get("instruction"), row.get("input")
    if isinstance(request, str) and isinstance(more, str) and more.strip():
        request = f"{request}\n\n{more}"
    return request, _answer(row)


def _conversation(row: Row, field: str) -> tuple[Any, Any]:
    turns = row.get(field)
    if not isinstance(turns, list):
        return None, None
    if turns and all(isinstance(turn, str) for turn in turns):  # MT-Bench's: the user's alone
        return "\n\n".join(turns), _answer(row)
    own = row.get("request")  # without the document that the user's turn holds, too
    request = own if field == "messages" and isinstance(own, str) else _said(turns, _USER)
    return request, _said(turns, _ASSISTANT) or _answer(row)


def _answer(row: Row) -> Any:
    for name in _ANSWERS:
        found = row.get(name)
        if isinstance(found, str):
            return found
        if isinstance(found, list) and (said := _said(found, _ASSISTANT)):
            return said
    return None


def _said(turns: list[Any], roles: set[str]) -> str | None:
    """All turns of one side."""
    said = []
    for turn in turns:
        if not isinstance(turn, Mapping):
            return None
        role = turn.get("role", turn.get("from"))
        text = turn.get("content", turn.get("value"))
        if isinstance(role, str) and role.lower() in roles:
            said.append(_text(text))
    return "\n\n".join(said) if said else None


def _text(content: Any) -> str:
    """A turn's text; of a list of parts, as images come with, the texts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = [part.get("text") for part in parts if isinstance(part, Mapping)]
    return "\n".join(text for text in texts if isinstance(text, str))
