"""Distractors: the nearest other facts, as a retriever would wrongly bring them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lte_edit.edits import Edit, fold

if TYPE_CHECKING:
    from lte_edit.encoder import Encoder

_ROWS = 1024  # similarities of so many edits at a time


class Neighbours:
    """The nearest edits of another subject, for each edit of a pool.

    Args:
        pool: All edits that may be taken.
        encoder: Embeds their descriptors.
        depth: How many are kept for each; nearer ones of the same subject are passed over.
    """

    def __init__(self, pool: Sequence[Edit], encoder: Encoder, depth: int = 8) -> None:
        import numpy as np

        self._pool = list({edit.id: edit for edit in pool}.values())
        self._place = {edit.id: place for place, edit in enumerate(self._pool)}
        self._nearest: list[list[int]] = []
        if not self._pool:
            return
        vectors = encoder.encode([edit.descriptor for edit in self._pool])
        subjects = np.unique([fold(edit.subject) for edit in self._pool], return_inverse=True)[1]
        depth = min(depth, len(self._pool) - 1)
        for start in range(0, len(self._pool), _ROWS):
            rows = slice(start, start + _ROWS)
            scores = vectors[rows] @ vectors.T
            scores[subjects[rows, None] == subjects[None, :]] = -np.inf
            best = np.argsort(-scores, axis=1, kind="stable")[:, :depth]
            for line, places in zip(scores, best, strict=True):
                self._nearest.append([place for place in places if line[place] > -np.inf])

    def of(self, edits: Sequence[Edit], count: int) -> list[Edit]:
        """The nearest to the first of the edits that are about none of their subjects.

        Args:
            edits: The right ones.
            count: How many are wanted; fewer are returned where there are not as many.
        """
        known = {fold(edit.subject) for edit in edits}
        near = (self._pool[place] for place in self._nearest[self._place[edits[0].id]])
        return [edit for edit in near if fold(edit.subject) not in known][:count]
