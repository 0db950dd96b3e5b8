"""Which tokens of a preference pair differ: diff(ỹ_w | y_l) and diff(y_l | ỹ_w) of the paper.

The masks depend on the tokens alone, so they are computed once, when data is prepared.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence
from typing import Literal, get_args

from rapidfuzz.distance import Levenshtein

from truing_core.errors import UsageError

Algorithm = Literal["levenshtein", "difflib"]
ALGORITHMS: tuple[Algorithm, ...] = get_args(Algorithm)


def token_diff_masks(
    rejected_ids: Sequence[int],
    chosen_ids: Sequence[int],
    *,
    algorithm: Algorithm = "levenshtein",
    ignore_ids: Collection[int] = (),
) -> tuple[list[int], list[int]]:
    """Marks the tokens of each side that the other does not have in place (section 3.2).

    The alignment leads from the rejected to the chosen side: its replaced and inserted tokens
    are marked in the chosen one, its replaced and deleted tokens in the rejected one.

    Args:
        rejected_ids: Token ids of y_l; any hashable values will do.
        chosen_ids: Token ids of ỹ_w.
        algorithm: ``levenshtein`` (a shortest alignment), or ``difflib`` (that of the authors'
            code, with its autojunk heuristic for sequences of 200 tokens and more).
        ignore_ids: Tokens that are never marked.

    Returns:
        ``(rejected_mask, chosen_mask)``: lists of 0 and 1, as long as their sides.

    Raises:
        UsageError: There is no such algorithm.
    """
    rejected_mask, chosen_mask = [0] * len(rejected_ids), [0] * len(chosen_ids)
    for start, end, new_start, new_end in _changes(rejected_ids, chosen_ids, algorithm):
        rejected_mask[start:end] = [1] * (end - start)
        chosen_mask[new_start:new_end] = [1] * (new_end - new_start)
    if ignore_ids:
        ignored = frozenset(ignore_ids)
        _unmark(rejected_mask, rejected_ids, ignored)
        _unmark(chosen_mask, chosen_ids, ignored)
    return rejected_mask, chosen_mask


def _changes(
    old: Sequence[int], new: Sequence[int], algorithm: str
) -> Iterable[tuple[int, int, int, int]]:
    if algorithm == "levenshtein":
        # What both begin and end with needs no alignment: most of a bridged pair.
        start, shortest = 0, min(len(old), len(new))
        while start < shortest and old[start] == new[start]:
            start += 1
        end = 0
        while end < shortest - start and old[-1 - end] == new[-1 - end]:
            end += 1
        middle_old, middle_new = old[start : len(old) - end], new[start : len(new) - end]
        for block in Levenshtein.opcodes(middle_old, middle_new):
            if block.tag != "equal":
                yield (
                    start + block.src_start,
                    start + block.src_end,
                    start + block.dest_start,
                    start + block.dest_end,
                )
    elif algorithm == "difflib":
        for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new).get_opcodes():
            if tag != "equal":
                yield i1, i2, j1, j2
    else:
        raise UsageError(f"diff_algorithm is '{algorithm}'; expected {' or '.join(ALGORITHMS)}")


def _unmark(mask: list[int], ids: Sequence[int], ignored: frozenset[int]) -> None:
    for position, token in enumerate(ids):
        if token in ignored:
            mask[position] = 0
