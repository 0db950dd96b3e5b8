"""The four ways to read a document, and which document gets which (WebR, section 3).

Web as instruction (``wi``): the request wants the document rewritten. Web as response (``wr``):
the request is one that the document answers. Each on the whole of it or on a part. The paper's
mix is 2 : 2 : 1 : 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

from truing_core.errors import UsageError
from truing_core.run import rng
from webr_synth.rows import Perspective

PERSPECTIVES: tuple[Perspective, ...] = get_args(Perspective)
MIX: dict[Perspective, int] = {"wi_whole": 2, "wi_part": 2, "wr_whole": 1, "wr_part": 1}
"""The paper's."""

Mix = Mapping[Perspective, int]


def parse_mix(text: str) -> dict[Perspective, int]:
    """Reads four whole numbers, ``2:2:1:1``, in the order of :data:`PERSPECTIVES`.

    Raises:
        UsageError: They are not four, or none is above zero.
    """
    parts = text.replace(",", ":").split(":")
    if len(parts) == len(PERSPECTIVES) and all(part.strip().isdecimal() for part in parts):
        numbers = [int(part) for part in parts]
        if 0 < sum(numbers) <= 10_000:
            return dict(zip(PERSPECTIVES, numbers, strict=True))
    raise UsageError(
        f"--mix is '{text}'; expected the shares of {', '.join(PERSPECTIVES)} as whole numbers, "
        "for example 2:2:1:1"
    )


def apportion(number: int, mix: Mix) -> dict[Perspective, int]:
    """So many rows of each perspective, by the largest remainder; they add up to ``number``.

    Of equal remainders the first perspective's counts, so the parts of a growing number never
    shrink by more than rounding asks for.
    """
    total = sum(mix.values())
    counts = {name: number * share // total for name, share in mix.items()}
    left = number - sum(counts.values())
    by_remainder = sorted(mix, key=lambda name: -(number * mix[name] % total))
    for name in by_remainder[:left]:
        counts[name] += 1
    return counts


def next_shard(
    written: Mapping[Perspective, int], size: int, number: int, mix: Mix
) -> dict[Perspective, int]:
    """How many rows of each perspective the next shard has, of a run of ``number`` rows.

    As many as bring all rows nearest to the mix, but never more of a perspective than it has in
    the end, though rounding may give it one more meanwhile.
    """
    before = {name: written.get(name, 0) for name in mix}
    rows, last = sum(before.values()), apportion(number, mix)
    wanted: dict[Perspective, int] = {}
    while rows < number and not any(wanted.values()):
        rows = min(number, rows + size)
        goal = apportion(rows, mix)
        wanted = {name: max(0, min(goal[name], last[name]) - before[name]) for name in mix}
    return wanted


def block(mix: Mix, seed: int, first_id: str) -> list[Perspective]:
    """The perspectives of as many documents in a row as the mix has shares, in random order.

    Any run of documents is thus as near to the mix as it can be, to within one block.

    Args:
        mix: Shares.
        seed: The run's.
        first_id: The id of the block's first document, which the order hangs on.
    """
    order = [name for name, share in mix.items() for _ in range(share)]
    rng(seed, first_id, "perspectives").shuffle(order)
    return order


def shortfall(wanted: Mapping[Perspective, int], written: Mapping[Perspective, int]) -> str:
    """Which perspectives ran short, in words; empty if none did."""
    missing: Sequence[str] = [
        f"{name} by {wanted[name] - written.get(name, 0):,} of {wanted[name]:,}"
        for name in wanted
        if written.get(name, 0) < wanted[name]
    ]
    return ", ".join(missing)
