"""A stream of requests, about as many under way as are still needed.

How many that is follows from what was kept so far. It decides what is asked beyond need and how
long it takes, never what is kept: see :mod:`lion_distill.generation.deciding`.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lion_distill.generation.attempts import Attempt
from lion_distill.generation.deciding import Line
from lion_distill.generation.filters import Filters
from lion_distill.generation.parents import SOURCES, Source
from lion_distill.rows import Instruction
from truing_core.errors import ModelError
from truing_core.models import ChatModel, ChatReply, ChatRequest

FAILURES_IN_A_ROW = 50
"""After so many, the server is taken to be down."""

_DECIDED_AT_ONCE = 16
# Until replies tell, two of three candidates are expected to be kept.
_KEPT_AT_FIRST, _ASKED_AT_FIRST = 2, 3


@dataclass
class Driver:
    """Asks until the line is closed.

    Attributes:
        line: Where attempts are decided.
        draw: The parent of an attempt.
        ask: The request of an attempt.
        filters: What candidates must pass.
        iteration: The number of the one that new instructions are for.
        on_kept: Is told of each reply that gave a new instruction.
    """

    line: Line
    draw: Callable[[Source, int], Instruction]
    ask: Callable[[Attempt], ChatRequest]
    filters: Filters
    iteration: int
    on_kept: Callable[[ChatReply], None]
    _issued: dict[Source, list[Attempt]] = field(
        default_factory=lambda: {kind: [] for kind in SOURCES}
    )
    _again: deque[Attempt] = field(default_factory=deque)
    _under_way: dict[str, Attempt] = field(default_factory=dict)
    _taken: int = 0
    _failed: int = 0
    _answered: bool = False
    _first_failure: str | None = None

    def run(self, model: ChatModel) -> None:
        """Asks a model.

        Raises:
            ModelError: It cannot be used, or does nothing but fail.
        """
        while self.line.open:
            came = False
            for reply in model.complete(self._requests()):
                came = True
                self._take(self._under_way.pop(reply.id), reply)
            self._decide()
            assert came or not self.line.open, "open, but nothing to ask"
        self.line.counts.surplus = self._taken - self.line.counts.asked.total()
        if self._first_failure is not None and not self._answered:
            raise ModelError(f"all {self._failed:,} requests failed: {self._first_failure}")

    def _requests(self) -> Iterator[ChatRequest]:
        while True:
            attempt = self._next()
            if attempt is None:
                self._decide()
                attempt = self._next()
            if attempt is None:
                return
            request = self.ask(attempt)
            self._under_way[request.id] = attempt
            yield request

    def _next(self) -> Attempt | None:
        while self._again:
            attempt = self._again.popleft()
            if self.line.sides[attempt.kind].open:
                return attempt
        wanting = [kind for kind in SOURCES if self._wants(kind)]
        if not wanting:
            return None
        kind = min(wanting, key=lambda each: self.line.place(each, len(self._issued[each])))
        number = len(self._issued[kind])
        attempt = Attempt(kind, number, self.draw(kind, number))
        self._issued[kind].append(attempt)
        return attempt

    def _wants(self, kind: Source) -> bool:
        """Whether what is under way is probably not enough."""
        side = self.line.sides[kind]
        if not side.open:
            return False
        undecided = self._issued[kind][side.decided :]
        if side.asked + sum(max(1, attempt.replies) for attempt in undecided) >= side.limit:
            return False
        ready = sum(attempt.made is not None for attempt in undecided)
        unknown = sum(not attempt.over for attempt in undecided)
        kept = (side.kept + _KEPT_AT_FIRST) / (side.decided + _ASKED_AT_FIRST)
        new = (side.kept + _KEPT_AT_FIRST) / (side.screened + _ASKED_AT_FIRST)
        expected = kept * unknown + min(1.0, new) * ready
        # One standard deviation more: to ask a few too many costs less than to ask once more.
        return expected - math.sqrt(unknown * kept * (1 - kept)) < side.quota - side.kept

    def _take(self, attempt: Attempt, reply: ChatReply) -> None:
        self._taken += 1
        if reply.ok:
            self._answered, self._failed = True, 0
        else:
            self._failed += 1
            self._first_failure = self._first_failure or reply.error
            if self._failed >= FAILURES_IN_A_ROW:
                raise ModelError(
                    f"{self._failed} requests in a row failed: {self._first_failure}. Run the "
                    "same command again to go on"
                )
        attempt.take(reply, self.filters, self.iteration)
        if not attempt.over:
            self._again.append(attempt)
        elif self.line.sides[attempt.kind].open:
            self.line.put(attempt)
            # What comes from the journal comes at once: to wait would ask for more than is needed.
            if reply.cached or len(self.line.waiting) >= _DECIDED_AT_ONCE:
                self._decide()

    def _decide(self) -> None:
        for attempt in self.line.decide():
            assert attempt.last is not None
            self.on_kept(attempt.last)
