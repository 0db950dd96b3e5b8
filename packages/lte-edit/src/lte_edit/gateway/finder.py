"""Edits for the questions that arrive together, looked up together, off the event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from lte_edit.edits import LONGEST
from lte_edit.gateway.errors import ApiError, memory_trouble
from lte_edit.gateway.metrics import EMBED, SEARCH, Timings
from lte_edit.memory.backend import storable
from truing_core.errors import TruingError

if TYPE_CHECKING:
    from lte_edit.gateway.vectors import QueryVectors
    from lte_edit.memory import EditMemory
    from lte_edit.memory.results import Hit

T = TypeVar("T")

_AT_ONCE = 64  # questions of one batch
_WRITERS = 4  # threads for what else is asked of the memory


@dataclass(eq=False)
class _Waiting:
    query: str
    group: tuple[str, int, float | None]  # namespace, k, threshold
    answer: asyncio.Future[list[Hit]]


class _Clock:
    """Seconds that something went on, read at any time, also while it goes on."""

    def __init__(self) -> None:
        self._total, self._since = 0.0, 0.0

    def read(self) -> float:
        since = self._since
        return self._total + (time.perf_counter() - since if since else 0.0)

    def __enter__(self) -> None:
        self._since = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._total, self._since = self.read(), 0.0


class Finder:
    """The memory as coroutines ask it.

    One thread looks up. While it works, questions gather, and it takes them all at its next turn;
    so a lone question waits for nobody, and many cost the encoder one call.

    Args:
        memory: Opened with ``vectors`` as its encoder.
        vectors: See there.
    """

    def __init__(self, memory: EditMemory, vectors: QueryVectors) -> None:
        self.memory, self._vectors = memory, vectors
        self._searcher = ThreadPoolExecutor(1, "lte-search")
        self._others = ThreadPoolExecutor(_WRITERS, "lte-memory")
        self._embedding = _Clock()
        self._waiting: list[_Waiting] = []
        self._working: asyncio.Task[None] | None = None
        self._namespaces: set[str] = set()  # one that had an edit once has a history for ever

    def close(self) -> None:
        """Waits for what is being written; then the memory may be closed."""
        self._searcher.shutdown(cancel_futures=True)
        self._others.shutdown()

    async def call(self, what: Callable[[], T]) -> T:
        """Runs a function that asks the memory for something, in a thread.

        If the caller is cancelled the function goes on to its end.
        """
        return await asyncio.get_running_loop().run_in_executor(self._others, what)

    async def check(self, namespace: str, own: bool) -> bool:
        """Whether a namespace ever had an edit, in this process or another.

        Args:
            namespace: Which.
            own: Whether it may be used before it has any.

        Raises:
            ApiError: 404: it does not exist, and nobody said that it should.
        """
        if namespace not in self._namespaces:
            try:
                self._namespaces |= set(await self.call(self.memory.namespaces))
            except TruingError as error:
                raise memory_trouble(error) from error
        if namespace in self._namespaces:
            return True
        if not own:
            raise ApiError(
                404, f"there is no namespace '{namespace:.80}'; an edit added to it makes it",
                code="namespace_not_found", param="X-LTE-Namespace",
            )  # fmt: skip
        return False

    async def find(
        self, query: str, namespace: str, k: int, threshold: float | None, timings: Timings
    ) -> list[Hit]:
        """As :meth:`~lte_edit.memory.EditMemory.search` does for one query.

        Raises:
            ApiError: The memory fails.
        """
        loop = asyncio.get_running_loop()
        # No encoder reads what lies beyond the longest text of an edit, no tokenizer half an emoji.
        text = storable(query[:LONGEST])
        mine = _Waiting(text, (namespace, k, threshold), loop.create_future())
        begun, embedded = time.perf_counter(), self._embedding.read()
        self._waiting.append(mine)
        if self._working is None or self._working.done():
            self._working = loop.create_task(self._work())
        try:
            return await mine.answer
        except TruingError as error:
            raise memory_trouble(error) from error
        finally:
            # Waiting while the encoder works for others is the encoder's time, too.
            embedding = self._embedding.read() - embedded
            timings.add(EMBED, embedding)
            timings.add(SEARCH, time.perf_counter() - begun - embedding)

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting[:_AT_ONCE], self._waiting[_AT_ONCE:]
            batch = [each for each in batch if not each.answer.done()]  # the others were cancelled
            found = await loop.run_in_executor(self._searcher, self._search, batch)
            for each, hits in zip(batch, found, strict=True):
                if each.answer.done():
                    continue
                if isinstance(hits, Exception):
                    each.answer.set_exception(hits)
                else:
                    each.answer.set_result(hits)

    def _search(self, batch: Sequence[_Waiting]) -> list[list[Hit] | Exception]:
        found: dict[_Waiting, list[Hit] | Exception] = {}
        try:
            with self._embedding:
                self._vectors.remember([each.query for each in batch])
        except Exception as error:  # whatever an encoder can do wrong
            if len(batch) > 1:  # it may be one question's fault, which is not the others'
                return [self._search([each])[0] for each in batch]
            return [error]
        for group in dict.fromkeys(each.group for each in batch):
            members = [each for each in batch if each.group == group]
            namespace, k, threshold = group
            try:
                hits = self.memory.search(
                    [each.query for each in members], k, namespace=namespace, threshold=threshold
                )
                found |= zip(members, hits, strict=True)
            except Exception as error:
                found |= dict.fromkeys(members, error)
        return [found[each] for each in batch]
