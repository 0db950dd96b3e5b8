"""Decisions in the order of attempts, whatever the order of replies.

Hard and easy attempts stand in one line, merged in proportion to what is wanted of each. The head
of the line is decided when its reply is there; what came earlier waits. So the same replies give
the same new instructions, at any latency and after any kill.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lion_distill.generation.attempts import Attempt
from lion_distill.generation.counts import Counts
from lion_distill.generation.news import News
from lion_distill.generation.parents import SOURCES, Source
from lion_distill.rows import Instruction, Rejected


@dataclass
class Side:
    """How far one kind is.

    Attributes:
        quota: How many are wanted.
        limit: Most replies.
        kept: New instructions so far.
        decided: Attempts so far.
        asked: Replies to those.
        screened: Candidates that were looked at for novelty.
    """

    quota: int
    limit: int
    kept: int = 0
    decided: int = 0
    asked: int = 0
    screened: int = 0

    @property
    def open(self) -> bool:
        """Whether more is wanted and may be asked for."""
        return self.kept < self.quota and self.asked < self.limit


@dataclass
class Line:
    """Attempts that are over, waiting for their turn.

    Attributes:
        news: What is there already.
        sides: By kind.
        counts: Is kept up to date.
        waiting: By kind and number.
        kept: New instructions, in the order of decisions.
        rejected: The others.
    """

    news: News
    sides: Mapping[Source, Side]
    counts: Counts
    waiting: dict[tuple[Source, int], Attempt] = field(default_factory=dict)
    kept: list[Instruction] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)

    @property
    def open(self) -> bool:
        """Whether any side is."""
        return any(side.open for side in self.sides.values())

    def put(self, attempt: Attempt) -> None:
        """Adds an attempt that is over."""
        self.waiting[attempt.kind, attempt.number] = attempt

    def decide(self) -> list[Attempt]:
        """Decides as many attempts as have their turn, and returns those that were kept."""
        kept: list[Attempt] = []
        while batch := self._batch():
            kept += self._screen(batch)
        return kept

    def _batch(self) -> list[Attempt]:
        """Attempts whose turn it is, up to one that may close its side."""
        batch: list[Attempt] = []
        promised = dict.fromkeys(SOURCES, 0)
        while (head := self._head()) is not None:
            attempt = self.waiting.pop(head, None)
            if attempt is None:
                break
            side = self.sides[attempt.kind]
            side.decided += 1
            side.asked += attempt.replies
            batch.append(attempt)
            promised[attempt.kind] += attempt.made is not None
            if side.kept + promised[attempt.kind] == side.quota:
                break
        return batch

    def _head(self) -> tuple[Source, int] | None:
        heads = [(kind, side.decided) for kind, side in self.sides.items() if side.open]
        return min(heads, key=lambda head: self.place(*head), default=None)

    def place(self, kind: Source, number: int) -> tuple[float, int]:
        """Where an attempt stands in the line."""
        return (number + 0.5) / self.sides[kind].quota, SOURCES.index(kind)

    def _screen(self, batch: list[Attempt]) -> list[Attempt]:
        made = [attempt.made for attempt in batch if attempt.made is not None]
        outcomes = iter(self.news.screen(made))
        kept = []
        for attempt in batch:
            seen = next(outcomes) if attempt.made is not None else None
            reason = attempt.reason if seen is None else seen.reason
            row = None
            if seen is not None:
                self.sides[attempt.kind].screened += 1
            if seen is not None and seen.reason is None and attempt.made is not None:
                found = {"similarity": seen.similarity, "nearest": seen.nearest}
                row = attempt.made.model_copy(update=found)
                self.sides[attempt.kind].kept += 1
                self.kept.append(row)
                kept.append(attempt)
            else:
                self.rejected.append(
                    Rejected(
                        parent=attempt.parent.id,
                        kind=attempt.kind,
                        reason=str(reason),
                        text=attempt.said,
                        similarity=seen.similarity if seen else None,
                        nearest=seen.nearest if seen else None,
                    )
                )
            self.counts.decided(attempt, reason, row)
        return kept
