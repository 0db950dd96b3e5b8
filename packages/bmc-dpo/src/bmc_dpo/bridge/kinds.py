"""Which template a pair wants."""

from __future__ import annotations

import re
from typing import Literal, get_args

from bmc_dpo.pairs import Pair
from truing_core.final_answers import plain_number, stated_answer

Kind = Literal["qa", "math", "instruction"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_MATH_MARKS = re.compile(r"####|\\boxed\s*\{")
_OPTIONS = re.compile(
    r"^[ \t]*(?:options|choices)[ \t]*:|^[ \t]*\(?A[).:]\s.*\n\s*\(?B[).:]\s",
    re.IGNORECASE | re.MULTILINE,
)


def kind_of(pair: Pair) -> Kind:
    """What ``--task auto`` takes a pair for.

    ``math`` if the winning response marks a final answer with ``####`` or ``\\boxed{}``, or says
    "the answer is" and a number, and the task offers no options; else ``qa`` if the task offers
    options or the winning response says "the answer is"; else ``instruction``.
    """
    if _OPTIONS.search(pair.task):
        return "qa"
    if _MATH_MARKS.search(pair.winner):
        return "math"
    stated = stated_answer(pair.winner)
    if stated is None:
        return "instruction"
    return "math" if plain_number(stated) is not None else "qa"
