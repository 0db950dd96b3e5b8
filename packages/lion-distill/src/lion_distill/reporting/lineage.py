"""Where an instruction comes from: its parent, the parent's parent, up to a seed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lion_distill.rows import Instruction
from lion_distill.workspace import each_row, iterations, seeds_file


class Family:
    """Instructions of a run and who was made from whom."""

    def __init__(self, instructions: Iterable[Instruction]) -> None:
        self._by_id: dict[str, Instruction] = {}
        self._children: dict[str, list[str]] = {}
        for each in instructions:
            self._by_id[each.id] = each
            if each.parent is not None:
                self._children.setdefault(each.parent, []).append(each.id)

    @classmethod
    def of(cls, root: Path) -> Family:
        """All that a run folder holds by now.

        Raises:
            InputError: A file is damaged.
        """
        files = [seeds_file(root), *(at.generated for at in iterations(root))]
        return cls(each for path in files if path.is_file() for each in each_row(path, Instruction))

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, id: str) -> Instruction | None:
        """The instruction, if there is one."""
        return self._by_id.get(id)

    def ancestry(self, id: str) -> list[Instruction]:
        """The oldest ancestor first, the instruction itself last; empty if it is unknown."""
        line: list[Instruction] = []
        seen: set[str] = set()
        each = self._by_id.get(id)
        while each is not None and each.id not in seen:
            seen.add(each.id)
            line.append(each)
            each = self._by_id.get(each.parent) if each.parent is not None else None
        return line[::-1]

    def children(self, id: str) -> list[Instruction]:
        """Those that were made from it, in the order in which they were made."""
        return [self._by_id[child] for child in self._children.get(id, [])]
