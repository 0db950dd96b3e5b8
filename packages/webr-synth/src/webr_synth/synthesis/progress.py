"""How far a run is, and where its shards go meanwhile.

To their place, as a rule. A run that is made anew, from its journal, keeps them in its folder until
there are as many rows as before: what stands is never replaced by less.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from truing_core.terminal import tell
from webr_synth.synthesis.shards import Shards, copy
from webr_synth.synthesis.state import State

ANEW = "anew"
"""Where in the run folder shards and state are while a run is made anew."""


def standing(folder: Path, wanted: int) -> State:
    """Where the same command goes on.

    A run that ran short while requests failed is made anew from its journal, which asks those
    again: had they been answered, other rows would have followed from the first shard on.

    Args:
        folder: The run's.
        wanted: Its rows.

    Raises:
        ResumeError: The state is damaged.
    """
    state = State.read(folder)
    return State.read(folder / ANEW) if state.unfinished(wanted) else state


class Progress:
    """The state of a run, beside the shards that it tells of.

    Where some of these are not at the output, as after a change of it, the run is made anew, too.

    Args:
        run: The run folder.
        output: The shards where the user wants them.
        wanted: Rows of the run.

    Attributes:
        state: How far it is.
        folder: Where the state and its index of requests lie.
        shards: Where the next ones go.

    Raises:
        ResumeError: The state is damaged.
    """

    def __init__(self, run: Path, output: Shards, wanted: int) -> None:
        self._run, self._output = run, output
        self.state, self.folder, self.shards = State.read(run), run, output
        self._stood, self._least = self.state, max(self.state.rows, output.rows())
        there = output.hold(self.state.shards, self.state.rows)
        if there and not self.state.unfinished(wanted):
            return
        if not there:
            tell(not_there(output.output))
        self.folder = run / ANEW
        self.shards = output.beside(self.folder)
        self.state = State.read(self.folder)
        if not self.shards.hold(self.state.shards, self.state.rows):
            self.state = State()

    @property
    def _is_aside(self) -> bool:
        return self.folder != self._run

    def save(self) -> None:
        """Keeps the state; shards that were made anew take their place if there are enough."""
        self.state.save(self.folder)
        self._settle()

    def finish(self) -> None:
        """Leaves the shards, and what is joined of them, at the output, and nothing else."""
        self._settle()
        shutil.rmtree(self._run / ANEW, ignore_errors=True)
        self._output.trim(self.state.shards)
        self._output.join(self.state.shards)

    def stays(self, more: int) -> str | None:
        """Why the output is left alone, with so many rows beside the whole shards, if it is."""
        if not self._is_aside and self.state.rows + more >= self._least:
            return None
        return f"{self._output.output} stays as it is until there are {self._least:,} rows again"

    def _settle(self) -> None:
        state = self.state
        if not self._is_aside or not (state.over or state.rows >= self._least):
            return
        self._output.take(self.shards, state.shards)
        self._output.trim(state.shards)
        if state.index is not None:
            copy(self.folder / state.index, self._run / state.index)
        state.save(self._run)
        if self._stood.index not in (None, state.index):
            (self._run / self._stood.index).unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder, self.shards = self._run, self._output


def not_there(output: Path) -> str:
    """What is said where a run's rows are not at the output."""
    return f"not all rows of the run are in {output}; they are made anew from what was answered"
