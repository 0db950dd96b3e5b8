"""Generations and judgements as files: one row an item, matched by category, id and level."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from followbench.data import LEVELS, Benchmark, Category, Key
from truing_core.errors import InputError
from truing_core.records import parse_row, read_rows


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    category: Category
    example_id: str
    level: int = Field(ge=1, le=LEVELS)
    error: str | None = None

    @property
    def key(self) -> Key:
        return (self.category, self.example_id, self.level)


class GenerationRow(_Row):
    """A model's answer to one item; ``null`` where the model gave none."""

    generation: str | None


class JudgementRow(_Row):
    """A judge's raw words on one item; ``null`` where it gave none."""

    judgement: str | None


@dataclass(frozen=True)
class Answers:
    """Texts by item, and what was odd about the file.

    Attributes:
        texts: The text of each item that has one.
        strangers: Rows for items that the chosen part of the benchmark does not hold.
        failed: Rows that hold no text, since the model failed on them.
    """

    texts: dict[Key, str] = field(default_factory=dict)
    strangers: int = 0
    failed: int = 0


def read_generations(path: str | Path, benchmark: Benchmark) -> Answers:
    """Reads generations.

    Raises:
        InputError: A row is malformed, or answers an item a second time.
    """
    return _read(path, benchmark, GenerationRow, "generation")


def read_judgements(path: str | Path, benchmark: Benchmark) -> Answers:
    """Reads judgements.

    Raises:
        InputError: A row is malformed, or judges an item a second time.
    """
    return _read(path, benchmark, JudgementRow, "judgement")


def _read(path: str | Path, benchmark: Benchmark, kind: type[_Row], name: str) -> Answers:
    known = {item.key for item in benchmark.items}
    first_seen: dict[Key, int] = {}
    texts: dict[Key, str] = {}
    strangers = failed = 0
    for number, row in _rows(path, kind):
        if row.key in first_seen:
            raise InputError(
                f"a second {name} for {row.category} {row.example_id} level {row.level}, "
                f"after row {first_seen[row.key]}; keep one of them",
                path=path,
                row=number,
            )
        first_seen[row.key] = number
        text: str | None = getattr(row, name)
        if row.key not in known:
            strangers += 1
        elif text is None or row.error:
            failed += 1
        else:
            texts[row.key] = text
    return Answers(texts, strangers, failed)


def _rows(path: str | Path, kind: type[_Row]) -> Iterator[tuple[int, Any]]:
    for number, raw in read_rows(path):
        yield number, parse_row(kind, raw, path=path, row_number=number)
