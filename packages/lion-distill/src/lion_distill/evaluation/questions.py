"""Question sets: open questions, and tasks with an answer to check.

| fields | what it is |
|---|---|
| ``turns`` (the first one), ``question_id``, ``category`` | MT-bench's and Vicuna's questions |
| ``text``, ``question_id``, ``category`` | Vicuna's, as they were first published |
| ``instruction``, maybe ``input`` | AlpacaEval, Alpaca, plain rows |
| ``messages`` | one user's turn, maybe a system's before it |
| ``question``, ``problem`` or ``prompt`` | others |

A row with ``answer`` is a task; a worked one that ends in ``#### 42`` counts as 42.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lion_distill.choices import fingerprint
from lion_distill.rows import Instruction, instruction_id
from truing_core.errors import InputError
from truing_core.final_answers import stated_answer
from truing_core.records import read_rows

_TEXTS = ("instruction", "text", "question", "problem", "prompt")
_IDS = ("question_id", "id")
_CATEGORIES = ("category", "family", "task", "dataset")
_GENERAL = "all"


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes:
        instruction: As models meet it; its ``answer`` makes it a task.
        category: The kind of question, for tables; ``all`` where the file names none.
    """

    instruction: Instruction
    category: str = _GENERAL

    @property
    def id(self) -> str:
        """The instruction's."""
        return self.instruction.id

    @property
    def is_task(self) -> bool:
        """Whether its answer can be checked."""
        return self.instruction.answer is not None


def read_questions(path: Path, limit: int | None = None) -> list[Question]:
    """Reads a question set.

    Args:
        path: JSON Lines, JSON or Parquet.
        limit: The first so many only.

    Raises:
        InputError: It holds none, a row asks nothing, or two rows have one id.
    """
    found: dict[str, Question] = {}
    for number, row in read_rows(path):
        if limit is not None and len(found) >= limit:
            break
        question = _question(row, path, number)
        if question.id in found:
            raise InputError(f"a second question has the id '{question.id}'", path=path, row=number)
        found[question.id] = question
    if not found:
        raise InputError("holds no questions", path=path)
    return list(found.values())


def _question(row: dict[str, Any], path: Path, number: int) -> Question:
    text = _asked(row, path, number)
    more = row.get("input") or ""
    if not isinstance(more, str):
        raise InputError("is no text", path=path, row=number, field="input")
    own = next((row[name] for name in _IDS if isinstance(row.get(name), str | int)), None)
    instruction = Instruction(
        id=instruction_id(text, more) if own is None else str(own),
        instruction=text,
        input=more,
        answer=_answer(row, path, number),
    )
    named = (row.get(name) for name in _CATEGORIES)
    category = next((value for value in named if isinstance(value, str) and value), _GENERAL)
    return Question(instruction, category)


def _asked(row: dict[str, Any], path: Path, number: int) -> str:
    if "turns" in row:
        turns = row["turns"]
        first = turns[0] if isinstance(turns, list) and turns else None
        return _text(first, "turns", path, number)
    for field in _TEXTS:
        if field in row and not isinstance(row[field], list):
            return _text(row[field], field, path, number)
    for field in ("messages", "prompt"):
        if field in row:
            return _conversation(row[field], field, path, number)
    raise InputError(
        f"has none of the fields turns, {', '.join(_TEXTS)}, messages; expected a question",
        path=path,
        row=number,
    )


def _conversation(turns: Any, field: str, path: Path, number: int) -> str:
    """System's and user's turn as one text; what an assistant says is no part of a question."""
    parts: dict[str, list[str]] = {"system": [], "user": []}
    for turn in turns if isinstance(turns, list) else [None]:
        if not isinstance(turn, dict) or not isinstance(turn.get("content"), str):
            raise InputError(
                "expected a list of turns with role and content", path=path, row=number, field=field
            )
        parts.setdefault(str(turn.get("role")), []).append(turn["content"])
    if len(parts["user"]) != 1:
        raise InputError(
            f"has {len(parts['user'])} turns of a user; expected one",
            path=path,
            row=number,
            field=field,
        )
    return _text("\n\n".join([*parts["system"], *parts["user"]]), field, path, number)


def _text(value: Any, field: str, path: Path, number: int) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InputError("is empty or no text", path=path, row=number, field=field)
    return value


def _answer(row: dict[str, Any], path: Path, number: int) -> str | None:
    if row.get("answer") is None:
        return None
    value = row["answer"]
    known = isinstance(value, str | int | float) and not isinstance(value, bool)
    text = str(value).strip() if known else ""
    if "####" in text:
        text = stated_answer(text) or ""
    if not text:
        raise InputError(
            "is empty or no text; expected the right answer, or leave it out",
            path=path,
            row=number,
            field="answer",
        )
    return text


def config_of(questions: Sequence[Question]) -> dict[str, Any]:
    """What of them changes results: how many there are, and a fingerprint."""
    texts = [f"{each.id}\0{each.instruction.text}\0{each.instruction.answer}" for each in questions]
    return {"rows": len(questions), "fingerprint": fingerprint(texts)}


def tasks_of(questions: Iterable[Question]) -> list[Question]:
    """Those with an answer to check."""
    return [each for each in questions if each.is_task]


def open_of(questions: Iterable[Question]) -> list[Question]:
    """Those that only a referee can judge."""
    return [each for each in questions if not each.is_task]
