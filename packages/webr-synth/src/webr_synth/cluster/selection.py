"""Which rows of the blocks are kept: in the order of documents, as many as each perspective needs.

A row is passed over if its document was met before, if its perspective has all its rows, or if its
request is nearly the same as an earlier one. So what is kept does not depend on which worker made
a block, or when.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import compress

from webr_synth.cluster.blocks import BlockStore
from webr_synth.rows import Perspective, SynthRow
from webr_synth.synthesis.choices import SynthChoice
from webr_synth.synthesis.perspectives import apportion
from webr_synth.synthesis.requests_seen import RequestsSeen
from webr_synth.synthesis.shards import Shards


class Selection:
    """Takes blocks one after the other, from the first.

    Args:
        store: Holds them.
        seen: The requests so far.
        choice: What is wanted.
        on_row: Is told of rows that are kept, how many.

    Attributes:
        written: Rows that are kept, by perspective.
        blocks: How many blocks were taken.
        duplicates: Rows left out since an earlier request is nearly the same.
        repeated: Rows left out since an earlier document is the same.
    """

    def __init__(
        self,
        store: BlockStore,
        seen: RequestsSeen,
        choice: SynthChoice,
        on_row: Callable[[int], None],
    ) -> None:
        self._store, self._seen, self._choice, self._on_row = store, seen, choice, on_row
        self._quota = apportion(choice.num, choice.mix)
        self._kept: list[array[int]] = []
        self._documents: set[int] = set()
        self.written: dict[Perspective, int] = dict.fromkeys(self._quota, 0)
        self.duplicates = self.repeated = 0

    @property
    def blocks(self) -> int:
        return len(self._kept)

    def missing(self) -> dict[Perspective, int]:
        """Rows that are still wanted, of each perspective that lacks some."""
        missing = {name: wanted - self.written[name] for name, wanted in self._quota.items()}
        return {name: number for name, number in missing.items() if number > 0}

    def take(self) -> None:
        """Takes the next block, which must be done.

        Raises:
            InputError: It cannot be read.
        """
        missing = self.missing()
        places = []
        heads = self._store.heads(self.blocks)
        for place, head in enumerate(heads):
            known = len(self._documents)
            self._documents.add(int(head["doc_id"], 16))
            if len(self._documents) == known:
                self.repeated += 1
            elif head["perspective"] in missing:
                places.append(place)
        new = self._seen.are_new(
            [(heads[place]["prompt_id"], heads[place]["request"]) for place in places]
        )
        self.duplicates += len(new) - sum(new)
        kept: array[int] = array("I")
        for place in compress(places, new):
            name: Perspective = heads[place]["perspective"]
            if self.written[name] < self._quota[name]:
                kept.append(place)
                self.written[name] += 1
                self._on_row(1)
        self._kept.append(kept)

    def rows(self) -> Iterator[SynthRow]:
        """What is kept, in the order of documents, a block at a time in memory."""
        for number, kept in enumerate(self._kept):
            if kept:
                yield from self._store.rows(number, kept)

    def write(self, shards: Shards) -> int:
        """Writes shards that each hold the mix, and returns how many there are.

        Each perspective fills the shards from the first on. Perspectives that are ahead of others
        wait in memory, and they are never ahead by much, since any run of documents has the mix.
        """
        shares = list(self._shares())
        place: dict[Perspective, int] = dict.fromkeys(self.written, 0)
        room = [dict(share) for share in shares]
        waiting: defaultdict[int, list[SynthRow]] = defaultdict(list)
        for row in self.rows():
            name = row.perspective
            while not room[place[name]].get(name):
                place[name] += 1
            number = place[name]
            room[number][name] -= 1
            waiting[number].append(row)
            if len(waiting[number]) == sum(shares[number].values()):
                shards.write(number, waiting.pop(number))
        return len(shares)

    def _shares(self) -> Iterator[dict[Perspective, int]]:
        """How many rows of each perspective a shard has."""
        before: dict[Perspective, int] = dict.fromkeys(self.written, 0)
        size, total = self._choice.shard_rows, sum(self.written.values())
        goal = 0
        while sum(before.values()) < total:
            goal = min(goal + size, self._choice.num)
            wanted = apportion(goal, self._choice.mix)
            reached = {
                # Rounding may take one back as the number grows.
                name: max(before[name], min(wanted[name], self.written[name]))
                for name in self.written
            }
            if reached == before:
                continue
            yield {name: reached[name] - before[name] for name in self.written}
            before = reached
