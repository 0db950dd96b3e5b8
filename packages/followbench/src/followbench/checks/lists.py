"""Lists and tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Self

from pydantic import Field, model_validator

from followbench.checks.base import Bounds, Check, Example, Outcome, join, plural, show
from followbench.checks.document import ListItem, Table, document
from followbench.checks.matching import Piece, Pieces, prepared


class BulletList(Bounds):
    """Number of bulleted items, over all lists of the text; there is at least one by default."""

    default_min = 1
    example = Example(
        {"type": "bullet_list", "exactly": 2}, "Bring:\n- a hat\n- a coat", "Bring:\n- a hat"
    )

    type: Literal["bullet_list"] = "bullet_list"
    marker: Piece | None = Field(
        default=None, description="Only items with this bullet, such as `*`; any if not given."
    )
    nested: bool = Field(default=False, description="Count the items of inner lists too.")

    def test(self, text: str, lang: str) -> Outcome:
        items = _counted(document(text).items, numbered=False, nested=self.nested)
        count = sum(1 for item in items if self.marker in (None, item.marker))
        kind = "bulleted item" if self.marker is None else f"item with {show(self.marker)}"
        return self.judge(count, plural(count, kind, kind.replace("item", "items")))


class NumberedList(Bounds):
    """Number of numbered items (`1.`, `2)`, `(3)`, `4、`); there is at least one by default."""

    default_min = 1
    example = Example(
        {"type": "numbered_list", "min": 2}, "1. Wake up\n2. Get up", "1. Wake up, get up"
    )

    type: Literal["numbered_list"] = "numbered_list"
    nested: bool = Field(default=False, description="Count the items of inner lists too.")

    def test(self, text: str, lang: str) -> Outcome:
        items = _counted(document(text).items, numbered=True, nested=self.nested)
        count = sum(1 for _ in items)
        return self.judge(count, plural(count, "numbered item"))


def _counted(items: Iterable[ListItem], *, numbered: bool, nested: bool) -> Iterable[ListItem]:
    return (item for item in items if item.numbered == numbered and (nested or item.top))


class MarkdownTable(Bounds):
    """A table with so many body rows; one at least by default. One fitting table is enough."""

    default_min = 1
    example = Example(
        {"type": "table", "columns": 2, "exactly": 1},
        "| City | Rain |\n|---|---|\n| Bergen | 90 in |",
        "| City |\n|---|\n| Bergen |",
    )

    type: Literal["table"] = "table"
    columns: int | None = Field(default=None, ge=1, description="Number of columns.")
    header: Pieces | None = Field(
        default=None, description="The header cells in order; case does not matter."
    )

    @model_validator(mode="after")
    def _header_fits(self) -> Self:
        if self.header and self.columns and len(self.header) != self.columns:
            raise ValueError(f"{len(self.header)} header cells for {self.columns} columns")
        return self

    def test(self, text: str, lang: str) -> Outcome:
        wanted = f"{self._goal()} wanted"
        unwanted = f"no such table ({self._goal()}) wanted"
        tables = document(text).tables
        if not tables:
            return Outcome(False, f"no table, {wanted}")
        fitting = [table for table in tables if self._fits(table)]
        found = f"{_described((fitting or tables)[0], self.header is not None)}"
        return Outcome(bool(fitting), f"{found}, {wanted}", f"{found}, {unwanted}")

    def _goal(self) -> str:
        goals = [self.wanted_of("body row")]
        if self.columns is not None:
            goals.insert(0, plural(self.columns, "column"))
        if self.header is not None:
            goals.append(f"header {join([show(cell) for cell in self.header])}")
        return join(goals)

    def _fits(self, table: Table) -> bool:
        header = [_plain(cell) for cell in table.header]
        return (
            self.holds(len(table.rows))
            and self.columns in (None, len(header))
            and (self.header is None or header == [_plain(cell) for cell in self.header])
        )


def _plain(cell: str) -> str:
    return prepared(cell).strip(" *_`").casefold()


def _described(table: Table, with_header: bool) -> str:
    shape = f"{plural(len(table.header), 'column')} and {plural(len(table.rows), 'body row')}"
    if not with_header:
        return f"a table of {shape}"
    return f"a table of {shape} with header {join([show(cell, 20) for cell in table.header[:8]])}"


CHECKS: tuple[type[Check], ...] = (BulletList, NumberedList, MarkdownTable)
