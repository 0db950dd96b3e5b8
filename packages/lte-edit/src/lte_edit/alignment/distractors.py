"""Distractors: the nearest other facts, as a retriever would wrongly bring them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lte_edit.edits import Edit

if TYPE_CHECKING:
    from lte_edit.encoder import Encoder

_About = tuple[str, str]
_ROWS = 1024  # similarities of so many edits at a time


class Neighbours:
    """The nearest edits about something else, for each edit of a pool.

    Args:
        pool: All edits that may be taken; files may share ids, so an edit is known by its words.
        encoder: Embeds their descriptors.
        depth: How many are kept for each; nearer ones about the same are passed over.
    """

    def __init__(self, pool: Sequence[Edit], encoder: Encoder, depth: int = 8) -> None:
        import numpy as np

        self._pool = list({edit.descriptor: edit for edit in pool}.values())
        self._place = {edit.descriptor: place for place, edit in enumerate(self._pool)}
        self._nearest: list[list[int]] = []
        if not self._pool:
            return
        vectors = encoder.encode([edit.descriptor for edit in self._pool])
        numbers: dict[_About, int] = {}
        abouts = np.array(
            [[numbers.setdefault(each, len(numbers)) for each in _abouts(e)] for e in self._pool]
        )
        depth = min(depth, len(self._pool) - 1)
        for start in range(0, len(self._pool), _ROWS):
            rows = slice(start, start + _ROWS)
            scores = vectors[rows] @ vectors.T
            for column in abouts.T:
                scores[column[rows, None] == column[None, :]] = -np.inf
            best = np.argsort(-scores, axis=1, kind="stable")[:, :depth]
            for line, places in zip(scores, best, strict=True):
                self._nearest.append([place for place in places if line[place] > -np.inf])

    def of(self, edits: Sequence[Edit], count: int) -> list[Edit]:
        """The nearest to the first of the edits that are about nothing they are about.

        Args:
            edits: The right ones.
            count: How many are wanted; fewer are returned where there are not as many.
        """
        known = {each for edit in edits for each in _abouts(edit)}
        near = (self._pool[place] for place in self._nearest[self._place[edits[0].descriptor]])
        return [edit for edit in near if known.isdisjoint(_abouts(edit))][:count]


def _abouts(edit: Edit) -> tuple[_About, _About]:
    """What an edit is about: its subject, and its prompt, which is asked of one subject only.

    Without a subject, only the prompt says it.
    """
    subject, prompt = edit.key
    asked = ("prompt", prompt)
    own = ("subject", subject) if subject else asked
    return own, asked
