"""The benchmark's types: a group of five levels, and the item that each level makes.

A *group* is a base instruction (level 0) and five levels, each of which adds one constraint
(FollowBench, arXiv 2310.20410, section 3). An *item* is one level as a model meets it: its
instruction, the path that led there, and every constraint its answer must satisfy.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from followbench.checks import Check

Category = Literal["content", "situation", "style", "format", "example", "mixed"]
Lang = Literal["en", "zh"]
Key = tuple[str, str, int]

CATEGORIES: tuple[Category, ...] = get_args(Category)
LANGS: tuple[Lang, ...] = get_args(Lang)
LEVELS = 5
JUDGED = ("criterion", "path")
"""The kinds of constraints that a judge decides."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """One thing an answer must satisfy.

    Attributes:
        kind: ``check`` (declarative), ``rule`` (an official rule of the benchmark's source),
            ``criterion`` (a sentence the judge decides) or ``path`` (the judge reads the
            constraint off the difference between two levels).
        text: A short name for people.
        check: The parsed check, for ``check``.
        criterion: The sentence to decide, for ``criterion``.
        rule: The rule's name, for ``rule``.
        target: What the rule compares with.
    """

    kind: Literal["check", "rule", "criterion", "path"]
    text: str = ""
    check: Check | None = None
    criterion: str = ""
    rule: str = ""
    target: str = ""

    @property
    def judged(self) -> bool:
        """Whether a judge must decide it."""
        return self.kind in JUDGED


@dataclass(frozen=True, slots=True)
class Item:
    """One level of one group: what is asked, and what the answer must satisfy.

    Attributes:
        category: One of :data:`CATEGORIES`.
        example_id: The group's id within its category, as text.
        level: 1 to 5.
        lang: ``en`` or ``zh``.
        source: Where the group was taken from (official data), else empty.
        instruction: The full instruction at this level.
        path: The instructions from level 0 up to this level, where there is a level 0.
        constraints: What must hold, in the order in which it was added. An item decided by a
            single rule or check (a non-cumulative group) has exactly one.
    """

    category: Category
    example_id: str
    level: int
    lang: Lang
    source: str
    instruction: str
    path: tuple[str, ...]
    constraints: tuple[Constraint, ...]

    @property
    def key(self) -> Key:
        """What generations and judgements are matched by."""
        return (self.category, self.example_id, self.level)

    @property
    def id(self) -> str:
        """The key as text: ``content/12/3``."""
        return f"{self.category}/{self.example_id}/{self.level}"

    @property
    def steps(self) -> range:
        """The level that added each of the constraints."""
        return range(self.level - len(self.constraints) + 1, self.level + 1)

    @property
    def judged(self) -> int:
        """How many verdicts this item wants from a judge."""
        return sum(constraint.judged for constraint in self.constraints)

    @property
    def fingerprint(self) -> str:
        """Twelve hex digits that change when what is asked, or what decides it, does."""
        deciding = [
            (c.kind, c.check and c.check.model_dump(mode="json"), c.criterion, c.rule, c.target)
            for c in self.constraints
        ]
        return _digest([self.id, self.lang, self.path, deciding])


@dataclass(frozen=True, slots=True)
class Level:
    """One step of a group: the full instruction and the constraint it adds."""

    instruction: str
    constraint: Constraint


@dataclass(frozen=True, slots=True)
class Group:
    """A base instruction and its five levels.

    Attributes:
        id: Unique within its category.
        category: One of :data:`CATEGORIES`.
        lang: ``en`` or ``zh``.
        instruction: The base instruction; ``None`` where the benchmark has no level 0.
        levels: Exactly five.
        source: Where it was taken from (official data), else empty.
        cumulative: Whether level n asks for the constraints of levels 1 to n (the usual
            case) or is decided by its own check alone, as where each level has an answer of
            its own.
        reference: An answer to level 5 that satisfies every check, if the author gave one.
    """

    id: str
    category: Category
    lang: Lang
    instruction: str | None
    levels: tuple[Level, ...]
    source: str = ""
    cumulative: bool = True
    reference: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Category and id: what tells groups apart within a benchmark."""
        return (self.category, self.id)

    def items(self) -> Iterator[Item]:
        """The five items, level 1 first."""
        base = () if self.instruction is None else (self.instruction,)
        for n, level in enumerate(self.levels, start=1):
            below = self.levels[:n] if self.cumulative else (level,)
            steps = tuple(step.instruction for step in self.levels[:n])
            yield Item(
                category=self.category,
                example_id=self.id,
                level=n,
                lang=self.lang,
                source=self.source,
                instruction=level.instruction,
                path=(*base, *steps) if base else (level.instruction,),
                constraints=tuple(step.constraint for step in below),
            )


@dataclass(frozen=True)
class Benchmark:
    """A named set of groups in one language.

    Attributes:
        name: ``mini``, ``official``, or what the file or folder it was read from is called.
        lang: ``en`` or ``zh``.
        groups: In file order.
    """

    name: str
    lang: Lang
    groups: tuple[Group, ...] = field(repr=False)

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Every item, group by group, level 1 first."""
        return tuple(item for group in self.groups for item in group.items())

    @cached_property
    def fingerprint(self) -> str:
        """Twelve hex digits that change when an item's do, or the choice of items."""
        return _digest([item.fingerprint for item in self.items])

    def select(
        self, categories: Sequence[str] | None = None, limit: int | None = None
    ) -> Benchmark:
        """A part of the benchmark: some categories, and the first ``limit`` groups of each."""
        chosen = [g for g in self.groups if categories is None or g.category in categories]
        if limit is not None:
            seen: dict[str, int] = {}
            kept = []
            for group in chosen:
                seen[group.category] = seen.get(group.category, 0) + 1
                if seen[group.category] <= limit:
                    kept.append(group)
            chosen = kept
        return Benchmark(self.name, self.lang, tuple(chosen))


def _digest(facts: Any) -> str:
    return hashlib.sha256(json.dumps(facts, ensure_ascii=True).encode()).hexdigest()[:12]
