"""Many documents under way at once, each in its own stage.

No stage waits for the whole of the one before. The document with the most still to do goes
first, so that the last ones do not end in a long chain of their own, and at most so many are
open, so that memory does not grow with the input.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from truing_core.errors import ModelError
from truing_core.models import ChatModel, ChatReply, ChatRequest
from webr_synth.rows import Perspective, SynthRow
from webr_synth.synthesis.counts import Counts
from webr_synth.synthesis.gates import Stopped
from webr_synth.synthesis.journey import Journey

FAILURES_IN_A_ROW = 50
"""After so many, the server is taken to be down: going on would burn through the documents."""

Next = Callable[[Perspective], Journey | None]


@dataclass(frozen=True, slots=True)
class Made:
    """A row, and the place of its document among all."""

    position: int
    row: SynthRow


@dataclass
class _Desk:
    """What is open, what may be asked next, and how many rows are still wanted."""

    next_document: Next
    need: Counter[Perspective]
    window: int
    ready: list[tuple[int, int, Journey]] = field(default_factory=list)
    under_way: dict[str, Journey] = field(default_factory=dict)
    order: Iterator[int] = field(default_factory=itertools.count)

    def put(self, journey: Journey) -> None:
        heapq.heappush(self.ready, (-journey.remaining, next(self.order), journey))

    def pick(self, counts: Counts) -> Journey | None:
        """A new document while there is room and need for one, else the one furthest from done."""
        if len(self.ready) + len(self.under_way) < self.window:
            for perspective in sorted(self.need, key=lambda name: -self.need[name]):
                if self.need[perspective] <= 0:
                    break
                journey = self.next_document(perspective)
                if journey is not None:
                    self.need[perspective] -= 1
                    counts.began(journey)
                    return journey
                self.need[perspective] = 0
        return heapq.heappop(self.ready)[2] if self.ready else None


def drive(
    next_document: Next,
    need: Mapping[Perspective, int],
    model: ChatModel,
    counts: Counts,
    *,
    window: int,
    on_row: Callable[[], None] = lambda: None,
) -> Iterator[Made]:
    """Makes so many rows of each perspective, as far as documents go.

    A new document is begun only where all that are under way would not be enough. So those that
    are begun are always the first ones that hold enough good rows, whoever answers first.

    Args:
        next_document: The next one for a perspective; ``None`` if there is none.
        need: How many rows.
        model: Who is asked.
        counts: Is kept up to date.
        window: Most documents that are open at once.
        on_row: Is told of each row.

    Yields:
        Rows as they are finished, in any order.

    Raises:
        ModelError: The model cannot be used, or does nothing but fail.
    """
    desk = _Desk(next_document, Counter(need), window)
    in_a_row = 0

    def requests() -> Iterator[ChatRequest]:
        while (journey := desk.pick(counts)) is not None:
            desk.under_way[journey.id] = journey
            yield journey.ask()

    def settled() -> Iterator[tuple[Journey, ChatReply]]:
        # A round of questions ends when all is under way; replies then open the next.
        while True:
            came = False
            for reply in model.complete(requests()):
                came = True
                yield desk.under_way.pop(reply.id), reply
            if not came:
                return

    for journey, reply in settled():
        perspective, stage = journey.start.perspective, journey.stage
        if not reply.ok:
            counts.failed(stage)
            desk.need[perspective] += 1
            in_a_row += 1
            if in_a_row >= FAILURES_IN_A_ROW:
                raise ModelError(
                    f"{in_a_row} requests in a row failed; the last said: {reply.error}. "
                    "Run the same command again to go on"
                )
            continue
        in_a_row = 0
        found = journey.take(reply)
        stopped = journey.stopped
        counts.replied(
            stage, reply, stopped.gate if stopped else None, over=isinstance(found, Stopped)
        )
        if isinstance(found, SynthRow):
            on_row()
            yield Made(journey.position, found)
        elif isinstance(found, Stopped):
            desk.need[perspective] += 1
        else:
            desk.put(journey)
