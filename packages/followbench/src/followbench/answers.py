"""Generations and judgements as files: one row an item, matched by category, id and level."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, StrictStr

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

    generation: StrictStr | None
    model: str | None = None


class JudgementRow(_Row):
    """A judge's raw words on one item; ``null`` where it gave none."""

    judgement: StrictStr | None
    judge: str | None = None
    template: str | None = None
    template_hash: str | None = None


@dataclass(frozen=True)
class Answers:
    """Texts by item, and what was odd about the file.

    Attributes:
        texts: The text of each item that has one.
        strangers: Rows for items that the chosen part of the benchmark does not hold.
        failed: Rows that hold no text, since the model failed on them.
        author: The model or the judge, as the rows name it.
        templates: The hashes of the judge's templates, by name, as the rows name them.
    """

    texts: dict[Key, str] = field(default_factory=dict)
    strangers: int = 0
    failed: int = 0
    author: str | None = None
    templates: dict[str, str] = field(default_factory=dict)


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


def _read(
    path: str | Path,
    benchmark: Benchmark,
    kind: type[GenerationRow] | type[JudgementRow],
    name: str,
) -> Answers:
    known = {item.key for item in benchmark.items}
    first_seen: dict[Key, int] = {}
    texts: dict[Key, str] = {}
    authors: dict[str, None] = {}
    templates: dict[str, str] = {}
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
        author = row.model if isinstance(row, GenerationRow) else row.judge
        if author:
            authors[author] = None
        if isinstance(row, JudgementRow) and row.template and row.template_hash:
            templates[row.template] = row.template_hash
        text: str | None = getattr(row, name)
        if row.key not in known:
            strangers += 1
        elif text is None or row.error:
            failed += 1
        else:
            texts[row.key] = text
    if not first_seen:
        raise InputError("the file holds no rows", path=path)
    return Answers(texts, strangers, failed, ", ".join(authors) or None, templates)


def _rows(
    path: str | Path, kind: type[GenerationRow] | type[JudgementRow]
) -> Iterator[tuple[int, GenerationRow | JudgementRow]]:
    for number, raw in read_rows(path):
        yield number, parse_row(kind, raw, path=path, row_number=number)
