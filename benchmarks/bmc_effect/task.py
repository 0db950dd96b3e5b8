"""The task: a chain of sums, differences and products modulo ten, one step at a time.

Some entries of the tables are *misconceptions*: demonstrations get them wrong, always in the same
way, more often than not, so that a model trained on them makes these mistakes. A losing solution
makes one and goes on from there. Its bridged winner mends that step and what follows from it, and
is otherwise the same; the original winner is a right solution in another wording, as a better
answer to a question usually is.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

OPERATIONS = {
    "+": ("plus", lambda a, b: (a + b) % 10),
    "-": ("minus", lambda a, b: (a - b) % 10),
    "*": ("times", lambda a, b: (a * b) % 10),
}
# Ways of writing: an opening, a step, and the end.
STYLES = (
    ("", "{a} {o} {b} = {c} ;", "so {c}"),
    ("let us see :", "we take {a} {w} {b} and get {c} .", "the result is {c}"),
    ("step by step :", "from {a} , {w} {b} , to {c} ,", "which is {c} at the end"),
)
STEPS = 4
WORDS = sorted(
    {word for style in STYLES for part in style for word in part.split() if "{" not in word}
    | {word for word, _ in OPERATIONS.values()}
    | {*OPERATIONS, *"0123456789", "?"}
)  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """A number, and what is done to it."""

    start: int
    chain: tuple[tuple[str, int], ...]

    @property
    def prompt(self) -> str:
        return " ".join(
            [str(self.start), *(f"{sign} {number}" for sign, number in self.chain), "?"]
        )

    @property
    def answer(self) -> int:
        value = self.start
        for sign, number in self.chain:
            value = OPERATIONS[sign][1](value, number)
        return value


class World:
    """The misconceptions of one seed, and what is written about problems."""

    def __init__(self, rng: random.Random, share: float) -> None:
        entries = [(a, sign, b) for a in range(10) for sign in OPERATIONS for b in range(10)]
        self.misconceptions = {}
        for a, sign, b in rng.sample(entries, round(share * len(entries))):
            right = OPERATIONS[sign][1](a, b)
            self.misconceptions[a, sign, b] = rng.choice([c for c in range(10) if c != right])

    def solve(self, problem: Problem, style: int, mistaken: frozenset[int] = frozenset()) -> str:
        """A solution that makes the mistakes it can at the steps ``mistaken``."""
        opening, step, end = STYLES[style]
        parts, value = [opening], problem.start
        for place, (sign, number) in enumerate(problem.chain):
            word, operation = OPERATIONS[sign]
            result = operation(value, number)
            if place in mistaken:
                result = self.misconceptions.get((value, sign, number), result)
            parts.append(step.format(a=value, o=sign, w=word, b=number, c=result))
            value = result
        return " ".join(" ".join([*parts, end.format(c=value)]).split())

    def demonstration(self, rng: random.Random, problem: Problem, mistakes: float) -> str:
        """A solution to learn from; a misconception shows in a share ``mistakes`` of its steps."""
        mistaken = frozenset(place for place in range(STEPS) if rng.random() < mistakes)
        return self.solve(problem, rng.randrange(len(STYLES)), mistaken)

    def pair(self, rng: random.Random, problem: Problem) -> dict[str, Any] | None:
        """A losing solution with one mistake, its bridged winner, and another winner.

        ``None`` where the problem meets no misconception, or the mistake does not show at the end.
        """
        style = rng.randrange(len(STYLES))
        right = self.solve(problem, style)
        wrong = [self.solve(problem, style, frozenset([place])) for place in range(STEPS)]
        losing = [text for text in wrong if read_answer(text) != problem.answer]
        if not losing:
            return None
        other = rng.choice([each for each in range(len(STYLES)) if each != style])
        return {
            "prompt": problem.prompt,
            "chosen": right,
            "rejected": rng.choice(losing),
            "chosen_original": self.solve(problem, other),
        }


def problems(rng: random.Random, count: int) -> list[Problem]:
    """Distinct problems."""
    found: dict[Problem, None] = {}
    while len(found) < count:
        chain = tuple((rng.choice(list(OPERATIONS)), rng.randrange(10)) for _ in range(STEPS))
        found[Problem(rng.randrange(10), chain)] = None
    return list(found)


def read_answer(text: str) -> int | None:
    """The last number of a solution."""
    digits = [word for word in text.split() if word.isdigit()]
    return int(digits[-1]) if digits else None
