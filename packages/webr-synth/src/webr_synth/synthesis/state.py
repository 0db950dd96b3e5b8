"""Where a run stands: after each shard, so that a killed run goes on from there.

What was answered within a shard is in the journal; what a shard decided is here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from truing_core.errors import ResumeError
from truing_core.files import write_json
from webr_synth.rows import Perspective
from webr_synth.synthesis.counts import Counts
from webr_synth.synthesis.driving import Made

STATE = "state.json"


@dataclass
class State:
    """What whole shards have decided.

    Attributes:
        shards: How many there are.
        written: Rows of each perspective.
        cursors: How many documents each perspective has passed.
        counts: The funnel.
        index: The file with the requests so far; ``None`` before the first shard.
        over: Whether the documents, or the wanted rows, have come to their end.
    """

    shards: int = 0
    written: dict[Perspective, int] = field(default_factory=dict)
    cursors: dict[str, int] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    index: str | None = None
    over: bool = False

    @property
    def rows(self) -> int:
        """All rows that are written."""
        return sum(self.written.values())

    def add(self, rows: Sequence[Made]) -> None:
        """Counts a shard."""
        self.shards += 1
        for made in rows:
            name = made.row.perspective
            self.written[name] = self.written.get(name, 0) + 1

    def complete(self, wanted: int) -> bool:
        """Whether there is nothing to do: all rows are there, or no request failed."""
        failed = sum(own["failed"] for own in self.counts.stages.values())
        return self.over and (self.rows >= wanted or not failed)

    def unfinished(self, wanted: int) -> bool:
        """Whether the run came to an end, and the same command asks what failed again."""
        return self.over and not self.complete(wanted)

    @classmethod
    def read(cls, folder: Path) -> State:
        """The state of a run folder; a new one where none is.

        Raises:
            ResumeError: The file is damaged.
        """
        path = folder / STATE
        try:
            stored: Any = json.loads(path.read_bytes())
            return cls(
                stored["shards"], stored["written"], stored["cursors"],
                Counts.from_dict(stored["counts"]), stored["index"], stored["over"],
            )  # fmt: skip
        except FileNotFoundError:
            return cls()
        except (ValueError, KeyError, TypeError):
            raise ResumeError(
                f"'{path}' is damaged; --fresh moves the folder aside and starts over"
            ) from None

    def save(self, folder: Path) -> None:
        """Writes it, whole or not at all."""
        write_json(
            folder / STATE,
            {
                "shards": self.shards, "written": self.written, "cursors": self.cursors,
                "counts": self.counts.to_dict(), "index": self.index, "over": self.over,
            },
        )  # fmt: skip
