"""What token rows have in common from their start, so that it is computed once.

The questions of a record stand behind the same facts: of a row of 80 tokens some 60 are also those
of its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

LEAST = 8
"""Shorter common starts are not worth a forward of their own."""


@dataclass(frozen=True)
class Shared:
    """Rows that begin alike.

    Attributes:
        length: How many tokens they share; 0 for a row that stands alone.
        places: Which rows.
    """

    length: int
    places: tuple[int, ...]


@dataclass
class _Node:
    """A node of the tree of common starts, over ``first`` and the rows sorted after it."""

    depth: int
    first: int
    saved: int = 0
    parts: list[tuple[int, int, int]] = field(default_factory=list)  # depth, first row, last row

    def absorb(self, child: _Node) -> None:
        self.saved += child.saved
        self.parts += child.parts

    def close(self, last: int) -> None:
        """Takes all rows as one part, where that saves more than the parts below it do."""
        whole = (last - self.first) * self.depth
        if self.depth >= LEAST and whole >= self.saved:
            self.saved, self.parts = whole, [(self.depth, self.first, last)]


def shared_prefixes(rows: Sequence[Sequence[int]]) -> list[Shared]:
    """Groups of rows with a common start, such that much is saved.

    A group of ``n`` rows with ``l`` common tokens saves ``(n - 1) · l``. The sorted rows form a
    tree of common starts; at each of its nodes, from the leaves up, all rows below become one
    group where that saves more than the groups below.

    Args:
        rows: Token ids.
    """
    order = sorted(range(len(rows)), key=lambda place: tuple(rows[place]))
    open_nodes: list[_Node] = []
    done = _Node(0, 0)
    for at, place in enumerate(order):
        done = _Node(0, at, parts=[(0, at, at)])
        last = at + 1 == len(order)
        depth = -1 if last else common_length(rows[place], rows[order[at + 1]])
        while open_nodes and open_nodes[-1].depth > depth:
            parent = open_nodes.pop()
            parent.absorb(done)
            parent.close(at)
            done = parent
        if open_nodes and open_nodes[-1].depth == depth:
            open_nodes[-1].absorb(done)
        elif not last:
            open_nodes.append(_Node(depth, done.first, done.saved, done.parts))
    return [Shared(depth, tuple(order[first : last + 1])) for depth, first, last in done.parts]


def common_length(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two rows have in common from their start."""
    same = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        same += 1
    return same
