"""What happened to all that was asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lion_distill.generation.attempts import FAILED, Attempt
from lion_distill.generation.parents import SOURCES, Source
from lion_distill.rows import Instruction


@dataclass
class Counts:
    """Counters of one iteration, by kind of parent.

    All but ``surplus`` are the same whenever replies come and however often the stage is killed.

    Attributes:
        wanted: How many new instructions.
        attempts: Attempts that were decided.
        asked: Replies to them.
        kept: New instructions.
        rejected: By kind and reason.
        surplus: Replies that nothing was left to do with when they came.
    """

    wanted: Mapping[Source, int]
    attempts: Counter[Source] = field(default_factory=Counter)
    asked: Counter[Source] = field(default_factory=Counter)
    kept: dict[Source, list[Instruction]] = field(
        default_factory=lambda: {kind: [] for kind in SOURCES}
    )
    rejected: dict[Source, Counter[str]] = field(
        default_factory=lambda: {kind: Counter() for kind in SOURCES}
    )
    surplus: int = 0

    def decided(self, attempt: Attempt, reason: str | None, made: Instruction | None) -> None:
        """Counts an attempt: why it gave nothing, or what it gave."""
        self.attempts[attempt.kind] += 1
        self.asked[attempt.kind] += attempt.replies
        if reason is not None:
            self.rejected[attempt.kind][reason] += 1
        elif made is not None:
            self.kept[attempt.kind].append(made)

    def facts(self) -> dict[str, Any]:
        """For ``run.json``; lengths are in characters.

        A request that failed says nothing of the generator: it is no candidate of which a share
        was kept, and the stage is done again for its sake.
        """
        wanted, kept = sum(self.wanted.values()), sum(map(len, self.kept.values()))
        attempts, asked = self.attempts.total(), self.asked.total()
        rejected = self.rejected["hard"] + self.rejected["easy"]
        answered = {kind: self.attempts[kind] - self.rejected[kind][FAILED] for kind in SOURCES}
        candidates = sum(answered.values())
        return {
            "wanted": wanted,
            "kept": kept,
            "kept_by_kind": {kind: len(self.kept[kind]) for kind in SOURCES},
            "attempts": attempts,
            "asked": asked,
            "retries": asked - attempts,
            "surplus": self.surplus,
            "failed": rejected[FAILED],
            "acceptance_rate": kept / candidates if candidates else 0.0,
            "acceptance_by_kind": {
                kind: len(self.kept[kind]) / answered[kind] if answered[kind] else None
                for kind in SOURCES
            },
            "rejected": _ordered(rejected),
            "rejected_by_kind": {kind: _ordered(self.rejected[kind]) for kind in SOURCES},
            "ended": "enough" if kept >= wanted else "attempts ran out",
            "mean_chars": {kind: _mean_chars(self.kept[kind]) for kind in SOURCES},
            "mean_similarity": _mean_similarity([*self.kept["hard"], *self.kept["easy"]]),
        }


def _ordered(counter: Counter[str]) -> dict[str, int]:
    return dict(sorted(counter.items(), key=lambda each: (-each[1], each[0])))


def _mean_chars(rows: list[Instruction]) -> float | None:
    return sum(len(each.text) for each in rows) / len(rows) if rows else None


def _mean_similarity(rows: list[Instruction]) -> float | None:
    found = [each.similarity for each in rows if each.similarity is not None]
    return sum(found) / len(found) if found else None
