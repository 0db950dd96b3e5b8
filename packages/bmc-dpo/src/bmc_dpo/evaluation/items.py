"""What is asked: multiple choice, math, or open prompts, from files of these fields.

| fields | kind |
|---|---|
| ``problem, answer`` (``solution`` beside it); options after a line ``Options:`` | qa |
| the same without options, or ``question, answer`` with ``#### n`` (GSM8K) | math |
| ``instruction`` or ``prompt``, no ``answer`` | open |
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from truing_core.errors import InputError
from truing_core.final_answers import stated_answer
from truing_core.records import read_rows

Kind = Literal["qa", "math", "open"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_OPTIONS = re.compile(r"^[ \t]*(?:Options|Choices)[ \t]*:[ \t]*$", re.IGNORECASE | re.MULTILINE)
_LABEL = re.compile(r"^\(?[A-Z][).:][ \t]+")
_SPLITS = {"train", "validation", "valid", "dev", "test", "data"}


@dataclass(frozen=True)
class Item:
    """One question.

    Attributes:
        id: ``TASK-ROW``, or the row's own id.
        task: The file's task, as tables show it.
        kind: How it is asked and scored.
        question: What is asked, options included.
        answer: The right answer; ``None`` for open prompts.
        options: The options' texts, of multiple choice.
        solution: A worked solution, for few-shot examples.
    """

    id: str
    task: str
    kind: Kind
    question: str
    answer: str | None
    options: tuple[str, ...] = ()
    solution: str = ""


def read_items(
    files: Iterable[str | Path], kind: Kind | None = None, limit: int | None = None
) -> list[Item]:
    """Reads questions.

    Args:
        files: Each a task.
        kind: What all of them are; by default each row decides.
        limit: The first rows of each file only.

    Raises:
        InputError: A row lacks a field, or two rows have one id.
    """
    items: dict[str, Item] = {}
    for file in map(Path, files):
        count = 0
        for number, row in read_rows(file):
            if limit is not None and count >= limit:
                break
            item = _item(row, file, number, kind)
            if item.id in items:
                raise InputError(f"a second row has the id '{item.id}'", path=file, row=number)
            items[item.id] = item
            count += 1
        if not count:
            raise InputError("holds no questions", path=file)
    return list(items.values())


def task_name(file: Path) -> str:
    """``arc`` for ``arc/test.jsonl``, else the file's name."""
    stem = file.name.partition(".")[0]
    return file.resolve().parent.name if stem in _SPLITS else stem


def options_of(question: str) -> tuple[str, ...]:
    """The lines after ``Options:``, without their labels."""
    marks = list(_OPTIONS.finditer(question))
    if not marks:
        return ()
    lines = (line.strip() for line in question[marks[-1].end() :].splitlines())
    return tuple(_LABEL.sub("", line) for line in lines if line)


def _item(row: dict[str, Any], file: Path, number: int, kind: Kind | None) -> Item:
    task = task_name(file)
    question = _text(row, ("problem", "question", "instruction", "prompt"), file, number)
    answer = row.get("answer")
    if kind == "open" or (kind is None and "answer" not in row):
        found, answer = "open", None
    elif not isinstance(answer, str | int | float) or not str(answer).strip():
        raise InputError(
            "is missing or empty; expected the right answer", path=file, row=number, field="answer"
        )
    else:
        answer = str(answer)
        found = kind or ("qa" if options_of(question) else "math")
    solution = str(row.get("solution") or answer or "")
    if found == "math" and answer is not None and "####" in answer:
        answer = stated_answer(answer)
        if answer is None:
            raise InputError("has nothing after ####", path=file, row=number, field="answer")
    options = options_of(question) if found == "qa" else ()
    own = row.get("id")
    name = str(own) if isinstance(own, str | int) else f"{task}-{number}"
    return Item(name, task, found, question, answer, options, solution)  # type: ignore[arg-type]


def _text(row: dict[str, Any], fields: Sequence[str], file: Path, number: int) -> str:
    for field in fields:
        if field not in row:
            continue
        value = row[field]
        if not isinstance(value, str) or not value.strip():
            raise InputError("is no text", path=file, row=number, field=field)
        return value
    raise InputError(
        f"has none of the fields {', '.join(fields)}; expected a question", path=file, row=number
    )
