"""The task: sums of three numbers, step by step, in one of several ways of writing.

A losing solution has one wrong digit in its first step and goes on from there. Its bridged
winner mends the step and what follows from it, and is otherwise the same; the original winner
is a right solution in another order and wording, as a better answer to a question usually is.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

# A way of writing, for a step and for the end.
STYLES = (
    ("{a}+{b}={c};", "so {c}."),
    ("add {a} and {b}: {c}.", " total {c}."),
    ("{c} is {a} plus {b},", " and that is {c}."),
)


@dataclass(frozen=True)
class Problem:
    """Three numbers of two digits."""

    numbers: tuple[int, int, int]

    @property
    def prompt(self) -> str:
        return "{}+{}+{}?".format(*self.numbers)

    @property
    def answer(self) -> int:
        return sum(self.numbers)

    def solution(self, order: tuple[int, int, int], style: int, slip: int = 0) -> str:
        """The steps in an order of the numbers; ``slip`` is added to the first sum."""
        a, b, c = (self.numbers[place] for place in order)
        step, end = STYLES[style]
        first = a + b + slip
        steps = step.format(a=a, b=b, c=first) + step.format(a=first, b=c, c=first + c)
        return steps + end.format(c=first + c)


ORDERS = ((0, 1, 2), (1, 2, 0), (2, 0, 1))


def problems(rng: random.Random, count: int) -> list[Problem]:
    """Distinct problems."""
    found: dict[Problem, None] = {}
    while len(found) < count:
        found[Problem(tuple(rng.randrange(10, 100) for _ in range(3)))] = None  # type: ignore[arg-type]
    return list(found)


def demonstration(rng: random.Random, problem: Problem, right: float) -> dict[str, str]:
    """A solution to learn from; right in a share of the cases, as a base model's training is."""
    slip = 0 if rng.random() < right else rng.choice((-10, -1, 1, 10))
    text = problem.solution(rng.choice(ORDERS), rng.randrange(len(STYLES)), slip)
    return {"prompt": problem.prompt, "completion": text}


def pair(rng: random.Random, problem: Problem) -> dict[str, Any]:
    """A losing solution, its bridged winner, and a winner of another order and wording."""
    order, style = rng.choice(ORDERS), rng.randrange(len(STYLES))
    other_order = rng.choice([each for each in ORDERS if each != order])
    other_style = rng.choice([each for each in range(len(STYLES)) if each != style])
    slip = rng.choice((-10, -1, 1, 10))
    return {
        "prompt": problem.prompt,
        "chosen": problem.solution(order, style),
        "rejected": problem.solution(order, style, slip),
        "chosen_original": problem.solution(other_order, other_style),
    }


def read_answer(text: str) -> int | None:
    """The last number of a solution."""
    digits = "".join(letter if letter.isdigit() else " " for letter in text).split()
    return int(digits[-1]) if digits else None
