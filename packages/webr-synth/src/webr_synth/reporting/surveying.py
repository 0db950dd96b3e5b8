"""One pass over a data set: counts of all rows, and a sample of them."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from heapq import heappush, heappushpop
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from truing_core.errors import InputError
from webr_synth.dedup.exchanges import Exchange, read_exchanges
from webr_synth.reporting.verbs import root_verb

if TYPE_CHECKING:
    from webr_synth.dedup import NearDuplicates

_BATCH = 4096
_SEARCHED = 1_000_000


def _numbers() -> array[int]:
    """A list of whole numbers at eight bytes each."""
    return array("q")


@dataclass
class Survey:
    """A data set in numbers.

    Attributes:
        name: What it is called.
        rows: How many there are.
        perspectives: Rows of each, where the data names them.
        document_languages: Of the documents, where the data names them.
        request_words: Of each request; a character of Chinese or Japanese counts as a word.
        answer_words: Of each answer there is.
        document_chars: Length of each document there is.
        verbs: Rows by root verb and object of the request.
        without_verb: English requests in which no imperative was found.
        near_duplicates: Requests that nearly repeat an earlier one.
        searched: Among how many, the first ones; at most a million, for the sake of memory.
        sample: Rows drawn by the seed, in the data's order; each has a request.
    """

    name: str
    rows: int = 0
    perspectives: Counter[str] = field(default_factory=Counter)
    document_languages: Counter[str] = field(default_factory=Counter)
    request_words: array[int] = field(default_factory=_numbers)
    answer_words: array[int] = field(default_factory=_numbers)
    document_chars: array[int] = field(default_factory=_numbers)
    verbs: Counter[tuple[str, str]] = field(default_factory=Counter)
    without_verb: int = 0
    near_duplicates: int = 0
    searched: int = 0
    sample: list[Exchange] = field(default_factory=list)

    @property
    def requests(self) -> list[str]:
        """Those of the sample."""
        return [exchange.request for exchange in self.sample]


def survey(
    path: Path,
    *,
    name: str,
    sample: int,
    seed: int,
    field: str | None = None,
    limit: int | None = None,
    threshold: float = 0.7,
    on_rows: Callable[[int], None] = lambda count: None,
) -> Survey:
    """Reads a data set once.

    Args:
        path: A file or a folder of shards, in any format that :func:`read_exchanges` knows.
        name: What to call it.
        sample: Rows to draw.
        seed: Which ones.
        field: The field that holds the request.
        limit: The first rows only.
        threshold: Similarity from which requests count as near-duplicates.
        on_rows: Called with the number of rows read since.

    Raises:
        InputError: It cannot be read, or has no request at all.
    """
    from webr_synth.dedup import NearDuplicates

    result = Survey(name)
    drawn = Drawn(sample, seed)
    index = NearDuplicates(threshold)
    for batch in _batches(islice(read_exchanges(path, field), limit)):
        _count(batch, result, index)
        for exchange in batch:
            if exchange.request.strip():
                drawn.offer(exchange.id, exchange)
        on_rows(len(batch))
    result.sample = drawn.rows()
    if not result.sample:
        raise InputError("there is no request in it", path=path)
    return result


class Drawn:
    """A sample of rows that depends on their ids and the seed, not on what else is read.

    Args:
        size: Rows to draw.
        seed: Which ones.
    """

    def __init__(self, size: int, seed: int) -> None:
        self._size, self._key = size, str(seed).encode()
        self._heap: list[tuple[int, int, Exchange]] = []
        self._offered = 0

    def offer(self, id: str, exchange: Exchange) -> None:
        """Takes the row, or not."""
        self._offered += 1
        digest = blake2b(id.encode("utf-8", "surrogatepass"), digest_size=8, key=self._key)
        # The heap's least goes first: keep those of the smallest digests.
        entry = (-int.from_bytes(digest.digest(), "big"), -self._offered, exchange)
        if len(self._heap) < self._size:
            heappush(self._heap, entry)
        else:
            heappushpop(self._heap, entry)

    def rows(self) -> list[Exchange]:
        """The rows, in the order in which they were offered."""
        return [exchange for _, _, exchange in sorted(self._heap, key=lambda each: -each[1])]


def _count(batch: list[Exchange], result: Survey, index: NearDuplicates) -> None:
    from webr_synth.dedup.tokens import tokens

    result.rows += len(batch)
    requests = [exchange for exchange in batch if exchange.request.strip()]
    texts = [exchange.request for exchange in requests]
    result.request_words.extend(tokens(texts)[1].tolist())
    answers = [exchange.answer for exchange in batch if exchange.answer is not None]
    result.answer_words.extend(tokens(answers)[1].tolist())
    room = max(_SEARCHED - result.searched, 0)
    matches = index.add_batch([exchange.id for exchange in requests[:room]], texts[:room])
    result.searched += len(matches)
    result.near_duplicates += sum(match is not None for match in matches)
    for exchange in batch:
        row = exchange.row
        if isinstance(perspective := row.get("perspective"), str):
            result.perspectives[perspective] += 1
        if isinstance(document := row.get("document"), str):
            result.document_chars.append(len(document))
        language = row.get("language")
        if isinstance(language, str):
            result.document_languages[language] += 1
        if language in (None, "en") and exchange.request.strip():
            found = root_verb(exchange.request)
            if found:
                result.verbs[found] += 1
            else:
                result.without_verb += 1


def _batches(rows: Iterable[Exchange]) -> Iterator[list[Exchange]]:
    source = iter(rows)
    while batch := list(islice(source, _BATCH)):
        yield batch
