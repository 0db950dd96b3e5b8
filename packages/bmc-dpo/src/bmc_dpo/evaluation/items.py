"""What is asked: multiple choice, math, or open prompts, from files of these fields.

| fields | kind |
|---|---|
| ``problem, answer`` (``solution`` beside it); options after a line ``Options:`` | qa |
| the same without options, or ``question, answer`` with ``#### n`` (GSM8K) | math |
| ``instruction`` or ``prompt``, no ``answer`` | open |
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from bmc_dpo.evaluation.options import LETTERS, option_answered, options_of
from truing_core.errors import InputError
from truing_core.final_answers import option_meant, stated_answer
from truing_core.records import read_rows

logger = logging.getLogger(__name__)

Kind = Literal["qa", "math", "open"]
KINDS: tuple[Kind, ...] = get_args(Kind)

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
        labels: The options' letters or numbers; by default A, B and so on.
    """

    id: str
    task: str
    kind: Kind
    question: str
    answer: str | None
    options: tuple[str, ...] = ()
    solution: str = ""
    labels: Sequence[str] = LETTERS

    @property
    def key(self) -> str:
        """What no other question of a run has."""
        return f"{self.task}/{self.id}"

    @property
    def right(self) -> str | None:
        """The option that the answer is; ``None`` if it is none."""
        return None if self.answer is None else option_meant(self.options, self.answer)


def read_items(
    files: Iterable[str | Path], kind: Kind | None = None, limit: int | None = None
) -> list[Item]:
    """Reads questions; a warning says how many have an answer that is none of their options.

    Args:
        files: Each a task.
        kind: What all of them are; by default each row decides.
        limit: The first rows of each file only.

    Raises:
        InputError: A row lacks a field, or two rows of a file have one id; or a file is given
            twice.
    """
    items: list[Item] = []
    tasks: dict[str, Path] = {}
    strange: list[tuple[Path, int, Item]] = []
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
            if item.options and item.answer is not None and item.right is None:
                strange.append((file, number, item))
        if not own:
            raise InputError("holds no questions", path=file)
        items += own.values()
    if strange:
        _warn(*strange[0], len(strange))
    return items


def task_name(file: Path) -> str:
    """``arc`` for ``arc/test.jsonl``, else the file's name."""
    stem = file.name.partition(".")[0]
    return file.resolve().parent.name if stem in _SPLITS else stem


def _warn(file: Path, number: int, item: Item, count: int) -> None:
    rest = f"; so it is in {count:,} rows" if count > 1 else ""
    logger.warning(
        "%s, row %s, field 'answer': '%s' is none of the options (%s), nor its letter; it is "
        "compared as it stands%s", file, number, item.answer, ", ".join(item.options), rest,
    )  # fmt: skip


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
        found = kind or ("qa" if options_of(question)[0] else "math")
    options, labels = options_of(question) if found == "qa" else ((), LETTERS)
    if options and answer is not None and option_meant(options, answer) is None:
        answer = option_answered(options, labels, answer) or answer
    solution = str(row.get("solution") or answer or "")
    if found == "math" and answer is not None and "####" in answer:
        answer = stated_answer(answer)
        if answer is None:
            raise InputError("has nothing after ####", path=file, row=number, field="answer")
    own = row.get("id")
    return Item(
        id=str(own) if isinstance(own, str | int) else f"{task}-{number}",
        task=task,
        kind=found,
        question=question,
        answer=answer,
        options=options,
        solution=solution,
        labels=labels,
    )


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
