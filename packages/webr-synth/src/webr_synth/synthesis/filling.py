"""Filling a shard: as many rows of each perspective as it is to have."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from truing_core.models import ChatModel
from webr_synth.rows import Perspective
from webr_synth.synthesis.choices import SynthChoice
from webr_synth.synthesis.counts import Counts
from webr_synth.synthesis.driving import Made, Next, drive
from webr_synth.synthesis.feed import Feed, Placed
from webr_synth.synthesis.journey import Journey, prepare
from webr_synth.synthesis.perspectives import PERSPECTIVES
from webr_synth.synthesis.requests_seen import RequestsSeen
from webr_synth.synthesis.tokens import Count

Numbers = Mapping[Perspective, int]


class Filling:
    """Makes the rows of one shard.

    Near-duplicates are looked for once a round of rows is there, in the order of the documents,
    and made good in another round: so what is kept does not depend on who answered first.

    Args:
        feed: The documents.
        model: Who is asked.
        choice: How.
        count: Counts tokens.
        counts: Is kept up to date.
        seen: The requests so far.
        on_row: Is told how many rows there are more, or fewer once near-duplicates are found.
    """

    def __init__(
        self,
        feed: Feed,
        model: ChatModel,
        choice: SynthChoice,
        count: Count,
        counts: Counts,
        seen: RequestsSeen,
        on_row: Callable[[int], None],
    ) -> None:
        self._feed, self._model, self._choice, self._count = feed, model, choice, count
        self._counts, self._seen, self._on_row = counts, seen, on_row
        self._rows: list[Made] = []
        self._unchecked: list[Made] = []
        # Several times what is under way at once, or stages could not overlap.
        self._window = max(256, 4 * choice.model.options.concurrency)

    def rows(self) -> list[Made]:
        """What there is so far, without near-duplicates."""
        kept, twins = self._seen.keep(self._unchecked)
        self._counts.duplicates += twins
        if twins:
            self._on_row(-twins)
        self._rows += kept
        self._unchecked = []
        return self._rows

    def fill(self, wanted: Numbers) -> list[Made]:
        """Makes so many rows of each perspective, or as many as the documents give."""
        while missing := self._missing(wanted):
            if not self._round(lambda name: self._begin(name, self._feed.next(name)), missing):
                break
        # Documents that the pattern gave to others, who have enough, are better than none.
        for short in self._missing(wanted):
            self._borrow(short, wanted)
        return self.rows()

    def _borrow(self, short: Perspective, wanted: Numbers) -> None:
        donors = [name for name in PERSPECTIVES if name not in self._missing(wanted)]
        while missing := self._missing(wanted).get(short, 0):
            if not self._round(
                lambda name: self._begin(name, self._feed.spare(donors)), {short: missing}
            ):
                return

    def _round(self, next_document: Next, need: Numbers) -> bool:
        """Makes rows and looks for near-duplicates; whether documents gave any row at all."""
        for made in drive(
            next_document,
            need,
            self._model,
            self._counts,
            window=self._window,
            on_row=lambda: self._on_row(1),
        ):
            self._unchecked.append(made)
        some = bool(self._unchecked)
        self.rows()
        return some

    def _missing(self, wanted: Numbers) -> dict[Perspective, int]:
        have = dict.fromkeys(PERSPECTIVES, 0)
        for made in self._rows:
            have[made.row.perspective] += 1
        return {name: number - have[name] for name, number in wanted.items() if number > have[name]}

    def _begin(self, perspective: Perspective, placed: Placed | None) -> Journey | None:
        if placed is None:
            return None
        start = prepare(placed.document, perspective, self._choice, self._count)
        return Journey(start, self._choice, placed.position)
