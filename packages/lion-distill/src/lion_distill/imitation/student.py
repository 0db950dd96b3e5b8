"""Where a trained student is, and whether it is the one that this run trained."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from lion_distill.choices import StudentChoice
from lion_distill.workspace import Iteration, missing
from truing_core.errors import InputError, ModelError
from truing_core.files import write_json
from truing_core.models.checkpoint import TRAINED, Checkpoint, find_checkpoint
from truing_core.roles import ModelChoice
from truing_core.run import rng

_MARK = "imitation.json"


@dataclass(frozen=True)
class Mark:
    """What lies in a student's folder beside the weights.

    Attributes:
        training: Changes with all that decides what is learned.
        model: The folder of the whole model, inside the student's; ``None`` until it is there.
        facts: What the stage has to say.
    """

    training: str
    model: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def write(self, at: Iteration) -> None:
        """Leaves it in the student's folder."""
        write_json(at.student / _MARK, asdict(self))


def read_mark(at: Iteration) -> Mark | None:
    """That of an iteration's student; ``None`` if no training was begun, or nobody knows which."""
    try:
        return Mark(**json.loads((at.student / _MARK).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def stamp(folder: Path, training: str) -> None:
    """Tells journals apart what two trainings into one folder say, however like their weights."""
    write_json(folder / TRAINED, {"training": training})


def student_folder(at: Iteration) -> Path:
    """The folder of an iteration's trained student: a whole model, merged if LoRA trained it.

    Raises:
        InputError: It was not trained yet, or is gone or damaged.
    """
    mark = read_mark(at)
    if mark is None or mark.model is None:
        raise missing(at.student, f"imitate --iteration {at.number}")
    folder = at.student / mark.model
    try:
        whole(folder)
    except ModelError as error:
        raise InputError(
            f"the student of iteration {at.number} is gone or damaged ({error}); put it back, or "
            "start over with --fresh",
            path=at.student,
        ) from None
    return folder


def whole(folder: Path) -> Checkpoint:
    """Checks that there is a model in a folder.

    Raises:
        ModelError: There is none, or parts of it are missing.
    """
    return find_checkpoint(str(folder.absolute()))


def student_choice(at: Iteration, student: StudentChoice) -> ModelChoice:
    """An iteration's student in the role of one who answers, by a seed of its own.

    Raises:
        InputError: It is not there.
    """
    spec = f"{student.engine}/{student_folder(at)}"
    chance = rng(student.sampling.seed or 0, f"iteration-{at.number}", "student")
    sampling = replace(student.sampling, seed=chance.getrandbits(31))
    return ModelChoice(spec, sampling, student.options)
