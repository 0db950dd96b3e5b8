"""Where an instruction comes from, and what was made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lion_distill.rows import Instruction, Verdict
from lion_distill.workspace import iterations, load, missing, seeds_file
from truing_core.errors import InputError, UsageError

_NEAR = 3


@dataclass(frozen=True)
class Lineage:
    """All instructions of a run.

    Attributes:
        root: The run folder.
    """

    root: Path

    @cached_property
    def instructions(self) -> Mapping[str, Instruction]:
        """Seeds first, then what each iteration generated; by id.

        Raises:
            InputError: A file is damaged, or there are no seeds.
        """
        if not seeds_file(self.root).is_file():
            raise missing(seeds_file(self.root), "run")
        found = {each.id: each for each in load(seeds_file(self.root), Instruction)}
        for at in iterations(self.root):
            if at.generated.is_file():
                for each in load(at.generated, Instruction):
                    found.setdefault(each.id, each)
        return found

    @cached_property
    def gaps(self) -> Mapping[str, Mapping[int, float]]:
        """By id and iteration, how far the student was behind the teacher, where it was judged."""
        found: dict[str, dict[int, float]] = {}
        for at in iterations(self.root):
            if at.split.is_file():
                for each in load(at.split, Verdict):
                    if each.gap is not None:
                        found.setdefault(each.id, {})[at.number] = each.gap
        return found

    def find(self, name: str) -> Instruction:
        """The instruction with an id, of which a beginning is enough if it is the only one.

        Raises:
            UsageError: There is none, or more than one.
        """
        if name in self.instructions:
            return self.instructions[name]
        begun = [each for each in self.instructions if name and each.startswith(name)]
        if len(begun) == 1:
            return self.instructions[begun[0]]
        if begun:
            more = f" and {len(begun) - _NEAR:,} more" if len(begun) > _NEAR else ""
            raise UsageError(f"'{name}' may be {', '.join(begun[:_NEAR])}{more}; give more of it")
        near = self._near(name)
        hint = f"; near it are {', '.join(near)}" if near else ""
        raise UsageError(
            f"none of {len(self.instructions):,} instructions has an id that begins with "
            f"'{name}'{hint}"
        )

    def ancestry(self, id: str) -> list[Instruction]:
        """From the seed down to an instruction, itself included.

        Raises:
            InputError: A parent is nowhere, or the parents go round in a circle.
            UsageError: There is no such instruction.
        """
        line = [self.find(id)]
        seen = {line[0].id}
        while (parent := line[-1].parent) is not None:
            if parent not in self.instructions or parent in seen:
                trouble = "is its own ancestor" if parent in seen else "is nowhere in the run"
                raise InputError(
                    f"the parent of '{line[-1].id}', '{parent}', {trouble}", path=self.root
                )
            seen.add(parent)
            line.append(self.instructions[parent])
        return line[::-1]

    def children(self, id: str) -> list[Instruction]:
        """What was made from an instruction, in the order in which it was made.

        Raises:
            UsageError: There is no such instruction.
        """
        parent = self.find(id).id
        return [each for each in self.instructions.values() if each.parent == parent]

    def _near(self, name: str) -> list[str]:
        from difflib import get_close_matches

        # So many ids are slow to compare one by one; those with a like beginning are nearest.
        for length in range(len(name) - 1, 1, -1):
            begun = [each for each in self.instructions if each.startswith(name[:length])]
            if begun:
                return begun[:_NEAR]
        return get_close_matches(name, list(self.instructions)[:5000], _NEAR)


def ancestry(root: Path, id: str) -> list[Instruction]:
    """From the seed down to an instruction of a run; see :meth:`Lineage.ancestry`."""
    return Lineage(root).ancestry(id)


def children(root: Path, id: str) -> list[Instruction]:
    """What was made from an instruction of a run; see :meth:`Lineage.children`."""
    return Lineage(root).children(id)
