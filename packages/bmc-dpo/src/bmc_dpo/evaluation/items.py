"""What is asked: multiple choice, math, or open prompts, from files of these fields.

| fields | kind |
|---|---|
| ``problem, answer`` (``solution`` beside it); options after a line ``Options:`` | qa |
| the same without options, or ``question, answer`` with ``#### n`` (GSM8K) | math |
| ``instruction`` or ``prompt``, no ``answer`` | open |
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from string import ascii_uppercase
from typing import Any, Literal, get_args

from truing_core.errors import InputError
from truing_core.final_answers import same_text, stated_answer
from truing_core.records import read_rows

Kind = Literal["qa", "math", "open"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_OPTIONS = re.compile(r"^[ \t]*(?:Options|Choices)[ \t]*:[ \t]*$", re.IGNORECASE | re.MULTILINE)
_LABEL = re.compile(r"^\(?([A-Z])[).:][ \t]+")
_LETTERED = re.compile(r"^\(?([A-Za-z])(?:[).:]+\s*(.*))?$", re.DOTALL)
_SPLITS = {"train", "validation", "valid", "dev", "test", "data"}


@dataclass(frozen=True)
class Item:
    """One question.

    Attributes:
        id: ``TASK-ROW``, or the row's own id; no other question of its task has it.
        task: The file's task, as tables show it; no other file of a run has it.
        kind: How it is asked and scored.
        question: What is asked, options included.
        answer: The right answer; ``None`` for open prompts.
        options: The options' texts, of multiple choice.
        solution: A worked solution, for few-shot examples.
        labels: The options' letters; by default A, B and so on.
    """

    id: str
    task: str
    kind: Kind
    question: str
    answer: str | None
    options: tuple[str, ...] = ()
    solution: str = ""
    labels: str = ascii_uppercase

    @property
    def key(self) -> str:
        """What no other question of a run has."""
        return f"{self.task}/{self.id}"

    def option(self, letter: str) -> str | None:
        """The option that has a letter."""
        place = self.labels.find(letter.upper())
        return self.options[place] if 0 <= place < len(self.options) else None


def read_items(
    files: Iterable[str | Path], kind: Kind | None = None, limit: int | None = None
) -> list[Item]:
    """Reads questions.

    Args:
        files: Each a task.
        kind: What all of them are; by default each row decides.
        limit: The first rows of each file only.

    Raises:
        InputError: A row lacks a field, its answer is none of its options, or two rows of a file
            have one id; or a file is given twice.
    """
    items: list[Item] = []
    tasks: dict[str, Path] = {}
    for file in map(Path, files):
        if file.resolve() in tasks.values():
            raise InputError("is given twice", path=file)
        task = _free_name(task_name(file), tasks)
        tasks[task] = file.resolve()
        own: dict[str, Item] = {}
        for number, row in read_rows(file):
            if limit is not None and len(own) >= limit:
                break
            item = _item(row, task, file, number, kind)
            if item.id in own:
                raise InputError(f"a second row has the id '{item.id}'", path=file, row=number)
            own[item.id] = item
        if not own:
            raise InputError("holds no questions", path=file)
        items += own.values()
    return items


def task_name(file: Path) -> str:
    """``arc`` for ``arc/test.jsonl``, else the file's name."""
    stem = file.name.partition(".")[0]
    return file.resolve().parent.name if stem in _SPLITS else stem


def options_of(question: str) -> tuple[str, ...]:
    """The lines after ``Options:``, without their labels."""
    return _options(question)[0]


def _options(question: str) -> tuple[tuple[str, ...], str]:
    """The options, and their letters; those without a label have that of their place."""
    marks = list(_OPTIONS.finditer(question))
    if not marks:
        return (), ascii_uppercase
    lines = [line.strip() for line in question[marks[-1].end() :].splitlines() if line.strip()]
    labels = [_LABEL.match(line) for line in lines]
    letters = (
        label[1] if label else ascii_uppercase[place % 26] for place, label in enumerate(labels)
    )
    return tuple(_LABEL.sub("", line) for line in lines), "".join(letters)


def _free_name(name: str, taken: Container[str]) -> str:
    """The name; with a number behind it, if another file has it."""
    numbered = (f"{name}-{count}" for count in itertools.count(2))
    return next(each for each in itertools.chain((name,), numbered) if each not in taken)


def _item(row: dict[str, Any], task: str, file: Path, number: int, kind: Kind | None) -> Item:
    question = _text(row, ("problem", "question", "instruction", "prompt"), file, number)
    answer = row.get("answer")
    found: Kind
    if kind == "open" or (kind is None and "answer" not in row):
        found, answer = "open", None
    elif not isinstance(answer, str | int | float) or not str(answer).strip():
        raise InputError(
            "is missing or empty; expected the right answer", path=file, row=number, field="answer"
        )
    else:
        answer = str(answer)
        found = kind or ("qa" if options_of(question) else "math")
    options, labels = _options(question) if found == "qa" else ((), ascii_uppercase)
    own = row.get("id")
    item = Item(
        id=str(own) if isinstance(own, str | int) else f"{task}-{number}",
        task=task,
        kind=found,
        question=question,
        answer=answer,
        options=options,
        labels=labels,
    )
    if options and answer is not None:
        answer = _among(item, answer)
        if answer is None:
            raise InputError(
                f"is none of the options; expected one of {', '.join(options)}, or its letter",
                path=file, row=number, field="answer",
            )  # fmt: skip
    solution = str(row.get("solution") or answer or "")
    if found == "math" and answer is not None and "####" in answer:
        answer = stated_answer(answer)
        if answer is None:
            raise InputError("has nothing after ####", path=file, row=number, field="answer")
    return replace(item, answer=answer, solution=solution)


def _among(item: Item, answer: str) -> str | None:
    """An answer as one of the options, which it may name by its letter; ``None`` if it is none."""
    if any(same_text(option, answer) for option in item.options):
        return answer
    lettered = _LETTERED.match(answer.strip())
    option = item.option(lettered[1]) if lettered else None
    if lettered and option and (not lettered[2] or same_text(option, lettered[2])):
        return option
    return None


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
