"""Where everything of a run lies: one folder, and in it one for each iteration.

    RUN/
      run.json, journal.sqlite      the core's: settings, stages done; every reply that was paid for
      seeds.jsonl                   the seeds, as they were read
      progress.json                 how far the stage is that is under way
      iteration-0/                  imitation of the seeds, and what the student then found hard
        responses.jsonl  training.yaml  student/  answers.jsonl  reviews.jsonl  split.jsonl
        generated.jsonl  rejected.jsonl  evaluation.json
      iteration-1/ ...              the same with what iteration 0 generated

Pools are not files of their own. The cache pool of an iteration is the seeds and all that was
generated before; the train pool is what the iteration before generated (or all of it).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from lion_distill.rows import Instruction, Row
from truing_core.errors import InputError
from truing_core.records import parse_row, read_rows, write_rows

TrainPool = Literal["new", "all"]
PROGRESS = "progress.json"
"""A small file in the run folder that says how far a stage is."""
_Row = TypeVar("_Row", bound=Row)


@dataclass(frozen=True)
class Iteration:
    """The folder of one iteration.

    Attributes:
        root: The run folder.
        number: 0 is the imitation of the seeds.
    """

    root: Path
    number: int

    @property
    def folder(self) -> Path:
        """Made by whatever is first written to it."""
        return self.root / f"iteration-{self.number}"

    def stage(self, name: str) -> str:
        """The name a stage of this iteration has in ``run.json``."""
        return f"iteration-{self.number}/{name}"

    @property
    def responses(self) -> Path:
        """The teacher's answers to the train pool."""
        return self.folder / "responses.jsonl"

    @property
    def training(self) -> Path:
        """What the student was trained with, as ``lion-distill train --config`` reads it."""
        return self.folder / "training.yaml"

    @property
    def student(self) -> Path:
        """The folder the training writes to."""
        return self.folder / "student"

    @property
    def answers(self) -> Path:
        """Teacher's and student's answers to the cache pool."""
        return self.folder / "answers.jsonl"

    @property
    def reviews(self) -> Path:
        """The referee's scores."""
        return self.folder / "reviews.jsonl"

    @property
    def split(self) -> Path:
        """Hard, easy, undecided."""
        return self.folder / "split.jsonl"

    @property
    def generated(self) -> Path:
        """New instructions."""
        return self.folder / "generated.jsonl"

    @property
    def rejected(self) -> Path:
        """Candidates that were not kept."""
        return self.folder / "rejected.jsonl"

    @property
    def evaluation(self) -> Path:
        """How the student fares on questions of its own."""
        return self.folder / "evaluation.json"

    @property
    def benchmarks(self) -> Path:
        """What lm-eval found of the student."""
        return self.student / "lm-eval.json"

    def before(self) -> Iteration | None:
        """The iteration before; ``None`` for the first."""
        return Iteration(self.root, self.number - 1) if self.number else None


def seeds_file(root: Path) -> Path:
    """The seeds of a run."""
    return root / "seeds.jsonl"


def cache_pool(at: Iteration) -> list[Instruction]:
    """The seeds and all that was generated before this iteration (X^C)."""
    return [
        *load(seeds_file(at.root), Instruction),
        *(
            each
            for number in range(at.number)
            for each in load(Iteration(at.root, number).generated, Instruction)
        ),
    ]


def train_pool(at: Iteration, kind: TrainPool) -> list[Instruction]:
    """What the student is trained on in this iteration (X^A).

    Args:
        at: The iteration.
        kind: ``new``, as the authors do: what the iteration before generated. ``all``: the whole
            cache pool. In the first iteration both are the seeds.
    """
    before = at.before()
    if before is None or kind == "all":
        return cache_pool(at)
    return load(before.generated, Instruction)


def load(path: Path, kind: type[_Row]) -> list[_Row]:
    """All rows of a file.

    Raises:
        InputError: It is not there, damaged, or holds other rows.
    """
    return list(each_row(path, kind))


def each_row(path: Path, kind: type[_Row]) -> Iterator[_Row]:
    """The rows of a file, one after the other; an empty file has none.

    Raises:
        InputError: As :func:`load`.
    """
    if path.is_file() and not path.stat().st_size:
        return
    for number, row in read_rows(path):
        yield parse_row(kind, row, path=path, row_number=number)


def save(path: Path, rows: Iterable[Row]) -> int:
    """Writes rows, atomically, and returns their number."""
    return write_rows(path, (row.model_dump(mode="json") for row in rows))


def iterations(root: Path) -> list[Iteration]:
    """Those a run folder has, by number."""
    numbers = (path.name.removeprefix("iteration-") for path in root.glob("iteration-*"))
    return [Iteration(root, number) for number in sorted(int(n) for n in numbers if n.isdecimal())]


def missing(path: Path, stage: str) -> InputError:
    """That a stage's input is not there, and which stage makes it."""
    return InputError(f"is not there yet; run 'lion-distill {stage}' first", path=path)
