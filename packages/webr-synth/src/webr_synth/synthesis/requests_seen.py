"""The requests of this run and of earlier ones, so that none is nearly the same as another."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path

from webr_synth.dedup import NearDuplicates
from webr_synth.synthesis.choices import DedupChoice
from webr_synth.synthesis.driving import Made

_BATCH = 10_000
_BASE, _OWN = "requests-before.index", "requests-{:05}.index"


class RequestsSeen:
    """Finds near-duplicates among requests.

    Args:
        folder: The run's.
        choice: How near is too near.
        index: The file that the last shard left; ``None`` before the first.
    """

    def __init__(self, folder: Path, choice: DedupChoice, index: Path | None) -> None:
        self._choice = choice
        self._index: NearDuplicates | None = None
        if choice.threshold is None:
            return
        base = folder / _BASE
        if index is not None:
            self._index = _index(choice, index)
        elif base.exists() or choice.index is None:
            self._index = _index(choice, base)
        else:
            # The user's file will hold this run's requests, too, once it is done: a run that goes
            # on must still see what was there at first.
            self._index = _index(choice, choice.index)
            self._index.save(base)

    def keep(self, made: Sequence[Made]) -> tuple[list[Made], int]:
        """Rows whose request is new, and how many others there were."""
        ordered = sorted(made, key=lambda each: each.position)
        new = self.are_new([(each.row.prompt_id, each.row.request) for each in ordered])
        kept = list(itertools.compress(ordered, new))
        return kept, len(ordered) - len(kept)

    def are_new(self, requests: Sequence[tuple[str, str]]) -> list[bool]:
        """Which of some requests, given with their ids, are like none before; those are known now.

        Of near-duplicates among them the first is new.
        """
        if self._index is None or not requests:
            return [True] * len(requests)
        ids, texts = zip(*requests, strict=True)
        return [twin is None for twin in self._index.add_batch(list(ids), list(texts))]

    def save(self, folder: Path, shard: int) -> str | None:
        """Keeps the index as of a shard in a folder; returns the file's name."""
        if self._index is None:
            return None
        name = _OWN.format(shard)
        self._index.save(folder / name)
        return name


def publish(rows: Iterable[tuple[str, str]], choice: DedupChoice) -> None:
    """Adds a run's ids and requests to the user's index; those that are there stay as they are.

    Args:
        rows: Ids and requests.
        choice: Names the index, if there is one.
    """
    if choice.index is None or choice.threshold is None:
        return
    # Another run may have added to it meanwhile.
    shared = _index(choice, choice.index)
    source = iter(rows)
    while batch := list(itertools.islice(source, _BATCH)):
        shared.add_batch([name for name, _ in batch], [text for _, text in batch])
    shared.save(choice.index)


def _index(choice: DedupChoice, path: Path) -> NearDuplicates:
    """The index of a file; an empty one where there is none."""
    assert choice.threshold is not None
    index = NearDuplicates(threshold=choice.threshold, permutations=choice.permutations)
    if path.exists():
        index.load(path)
    return index
