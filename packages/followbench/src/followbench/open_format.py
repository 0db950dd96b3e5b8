"""Our own benchmark format: JSON Lines, one group a line (see docs/followbench-format.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from followbench.data import LEVELS, Category, Constraint, Group, Lang, Level
from truing_core.errors import InputError
from truing_core.records import parse_row


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("the text is blank")
    return text


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Prompt = Annotated[str, AfterValidator(_not_blank)]  # verbatim: a model meets its white space


class LevelRow(BaseModel):
    """A level as it stands in a file."""

    model_config = ConfigDict(extra="forbid")

    instruction: Prompt = Field(description="The full instruction at this level")
    constraint: str = Field("", description="A short name of the constraint this level adds")
    check: dict[str, Any] | None = Field(None, description="A declarative check")
    criterion: Text | None = Field(None, description="A sentence for the judge to decide")
    rule: Text | None = Field(None, description="An official rule's name")
    target: str = Field("", description="What the official rule compares with")
    judged: bool = Field(False, description="The judge reads the constraint off the path")

    @model_validator(mode="after")
    def _one_way_to_decide(self) -> LevelRow:
        ways = (self.check is not None, self.criterion is not None, self.rule is not None)
        if sum(ways) + self.judged != 1:
            raise ValueError("a level needs exactly one of 'check', 'criterion', 'rule', 'judged'")
        return self


class GroupRow(BaseModel):
    """A group as it stands in a file."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    id: Text = Field(description="Unique within the group's category")
    category: Category = Field(description="content, situation, style, format, example or mixed")
    lang: Lang = Field(description="en or zh")
    source: str = Field("", description="Where the group was taken from")
    instruction: str | None = Field(None, description="The base instruction, level 0")
    levels: list[LevelRow] = Field(min_length=LEVELS, max_length=LEVELS)
    cumulative: bool = Field(True, description="Whether level n asks for constraints 1 to n")
    reference: str = Field("", description="An answer to level 5 that passes every check")

    @model_validator(mode="after")
    def _a_path_has_a_start(self) -> GroupRow:
        if self.instruction is None and any(level.judged for level in self.levels):
            raise ValueError("a level with 'judged' needs the base 'instruction' in its group")
        return self

    @model_validator(mode="after")
    def _rules_stand_alone(self) -> GroupRow:
        if self.cumulative and any(level.rule for level in self.levels):
            raise ValueError("a level with a 'rule' needs \"cumulative\": false in its group")
        return self


def read_groups(rows: Iterable[tuple[int, Mapping[str, Any]]], path: str | Path) -> Iterator[Group]:
    """Groups from numbered rows.

    Raises:
        InputError: A row is no valid group, or repeats another's id; it names file, row and
            field.
    """
    first_seen: dict[tuple[str, str], int] = {}
    for number, row in rows:
        parsed = parse_row(GroupRow, _without_nulls(row), path=path, row_number=number)
        levels = tuple(
            Level(level.instruction, _constraint(level, parsed.lang, path, number, n))
            for n, level in enumerate(parsed.levels, start=1)
        )
        group = Group(
            id=parsed.id,
            category=parsed.category,
            lang=parsed.lang,
            instruction=parsed.instruction,
            levels=levels,
            source=parsed.source,
            cumulative=parsed.cumulative,
            reference=parsed.reference,
        )
        if group.key in first_seen:
            raise InputError(
                f"'{group.id}' of category {group.category} stands in row "
                f"{first_seen[group.key]} already",
                path=path,
                row=number,
                field="id",
            )
        first_seen[group.key] = number
        yield group


def _without_nulls(value: Any) -> Any:
    """Parquet has no absent fields: there they are null."""
    if isinstance(value, Mapping):
        return {key: _without_nulls(held) for key, held in value.items() if held is not None}
    return [_without_nulls(held) for held in value] if isinstance(value, list) else value


def group_row(group: Group) -> dict[str, Any]:
    """A group as a row of this format; the inverse of :func:`read_groups`."""
    row: dict[str, Any] = {"id": group.id, "category": group.category, "lang": group.lang}
    if group.source:
        row["source"] = group.source
    if group.instruction is not None:
        row["instruction"] = group.instruction
    if not group.cumulative:
        row["cumulative"] = False
    row["levels"] = [_level_row(level) for level in group.levels]
    if group.reference:
        row["reference"] = group.reference
    return row


def _level_row(level: Level) -> dict[str, Any]:
    constraint = level.constraint
    row: dict[str, Any] = {"instruction": level.instruction}
    if constraint.text:
        row["constraint"] = constraint.text
    if constraint.check is not None:
        row["check"] = {
            "type": constraint.check.type,
            **constraint.check.model_dump(mode="json", exclude_unset=True),
        }
    elif constraint.kind == "criterion":
        row["criterion"] = constraint.criterion
    elif constraint.kind == "rule":
        row |= {"rule": constraint.rule, "target": constraint.target}
    else:
        row["judged"] = True
    return row


def _constraint(level: LevelRow, lang: Lang, path: str | Path, number: int, n: int) -> Constraint:
    if level.criterion is not None:
        return Constraint("criterion", level.constraint, criterion=level.criterion)
    if level.rule is not None:
        from followbench.checks.official import rule_names

        if level.rule not in rule_names(lang):
            raise InputError(
                f"there is no official rule '{level.rule}' in '{lang}'; there are "
                + ", ".join(rule_names(lang)),
                path=path,
                row=number,
                field=f"levels.{n}.rule",
            )
        return Constraint("rule", level.constraint, rule=level.rule, target=level.target)
    if level.check is None:
        return Constraint("path", level.constraint)
    from followbench.checks import parse_check

    try:
        check = parse_check(level.check)
    except InputError as error:
        field = f"levels.{n}.check"
        if error.field:
            field += f".{error.field}"
        raise InputError(error.problem, path=path, row=number, field=field) from None
    return Constraint("check", level.constraint, check=check)
