"""The authors' six files: rows of ``example_id, category, source, level, instruction, target``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from followbench.checks.official import rule_of
from followbench.data import CATEGORIES, LEVELS, Category, Constraint, Group, Lang, Level
from truing_core.errors import InputError
from truing_core.records import parse_row, read_rows

# The first releases of the benchmark called situations scenarios.
_KNOWN: dict[str, Category] = {**{name: name for name in CATEGORIES}, "scenario": "situation"}


class OfficialRow(BaseModel):
    """One level of one example, as the authors publish it.

    In the file of mixed constraints, ``category`` names the kinds that a level adds
    (``format, content``); there, and for the old name ``scenario``, the file's name decides.
    """

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    example_id: str
    category: str
    source: str = ""
    level: int = Field(ge=0, le=LEVELS)
    instruction: str
    target: str = ""


def file_name(category: str) -> str:
    """The name the authors give a category's file."""
    return f"{category}_constraints.json"


def official_files(folder: Path) -> list[Path]:
    """The benchmark's files in a folder, in the order of the categories.

    A file of a category's old name counts where there is none of its present name.
    """
    found: dict[Category, Path] = {}
    for name, category in _KNOWN.items():
        path = folder / file_name(name)
        if category not in found and path.is_file():
            found[category] = path
    return [found[category] for category in CATEGORIES if category in found]


def read_official(paths: Iterable[Path], lang: Lang) -> tuple[Group, ...]:
    """Groups from the authors' files.

    Raises:
        InputError: A row is malformed, stands twice, or an example lacks a level.
    """
    return tuple(group for path in paths for group in _read_file(path, lang))


def official_groups(
    rows: Iterable[tuple[int, Mapping[str, Any]]], lang: Lang, path: str | Path
) -> list[Group]:
    """Groups from numbered official rows (see :func:`read_official`)."""
    examples: dict[tuple[Category, str], dict[int, tuple[int, OfficialRow]]] = {}
    of_file = _category_of_file(path)
    for number, raw in rows:
        row = parse_row(OfficialRow, raw, path=path, row_number=number)
        category = of_file or _category(row.category, path, number)
        levels = examples.setdefault((category, row.example_id), {})
        if row.level in levels:
            raise InputError(
                f"example {row.example_id} has level {row.level} in row {levels[row.level][0]} "
                "already",
                path=path,
                row=number,
                field="level",
            )
        levels[row.level] = (number, row)
    return [_group(key, levels, lang, path) for key, levels in examples.items()]


def _read_file(path: Path, lang: Lang) -> list[Group]:
    return official_groups(read_rows(path), lang, path)


def _category_of_file(path: str | Path) -> Category | None:
    name = Path(path).name.removesuffix(".gz").removesuffix(file_name(""))
    return _KNOWN.get(name)


def _category(name: str, path: str | Path, number: int) -> Category:
    category = _KNOWN.get(name)
    if category is None:
        raise InputError(
            f"'{name}' is none of {', '.join(CATEGORIES)}",
            path=path,
            row=number,
            field="category",
        )
    return category


def _group(
    key: tuple[Category, str],
    rows: Mapping[int, tuple[int, OfficialRow]],
    lang: Lang,
    path: str | Path,
) -> Group:
    category, example_id = key
    wanted = range(0 if category != "example" else 1, LEVELS + 1)
    missing = [level for level in wanted if level not in rows]
    if missing:
        last_row = max(number for number, _ in rows.values())
        raise InputError(
            f"example {example_id} of category {category} lacks level {missing[0]}; "
            f"levels {wanted[0]} to {LEVELS} were expected",
            path=path,
            row=last_row,
            field="level",
        )
    source = rows[1][1].source
    rule = rule_of(source, category, example_id, lang)
    base = rows[0][1].instruction if 0 in rows else None
    levels = []
    for n in range(1, LEVELS + 1):
        row = rows[n][1]
        constraint = Constraint("path")
        if rule is not None:
            constraint = Constraint("rule", rule=rule, target=row.target)
        levels.append(Level(row.instruction, constraint))
    return Group(
        id=example_id,
        category=category,
        lang=lang,
        instruction=base,
        levels=tuple(levels),
        source=source,
        cumulative=rule is None,
    )
