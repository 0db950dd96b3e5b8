"""The run folder of the loop: opened with the seeds in it, and as it was if nothing came of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lion_distill.__about__ import __version__
from lion_distill.choices import LionChoice, fingerprint
from lion_distill.rows import Instruction
from lion_distill.workspace import PROGRESS, save, seeds_file
from truing_core.files import encode_json
from truing_core.redact import guarded
from truing_core.run import JOURNAL, MANIFEST, Run

_STUDENT = "student"


@contextmanager
def opened(
    folder: Path, seeds: Sequence[Instruction], choice: LionChoice, *, fresh: bool = False
) -> Iterator[Run]:
    """The run folder, with the seeds in it, closed at the end.

    Another student, or another training of it, is taken as long as none was trained: what the
    teacher said does not depend on it. Afterwards a launcher may part a step among other devices.
    If it ends without any reply, as after a mistyped teacher, the folder may be begun again with
    whatever settings.

    Raises:
        ResumeError: It was run with other settings or seeds, or is in use.
    """
    about = {"rows": len(seeds), "fingerprint": fingerprint([seed_text(each) for each in seeds])}
    config = json.loads(encode_json(guarded(choice.config(about))))
    before = None if fresh else _untrained(folder)
    if before is None and not fresh:
        _take_for_the_same_batch(folder, config[_STUDENT], choice.student.launcher)
    run = Run.open(
        folder,
        tool="lion-distill",
        version=__version__,
        config=config if before is None else {**config, _STUDENT: before},
        fresh=fresh,
    )
    with run:
        try:
            run.config[_STUDENT] = config[_STUDENT]
            if not seeds_file(run.folder).exists():
                save(seeds_file(run.folder), seeds)
            run.note(prompts=choice.generator.prompts.hashes(), models=_models(choice))
            yield run
        finally:
            if _came_to_nothing(run):
                seeds_file(run.folder).unlink(missing_ok=True)
                (run.folder / PROGRESS).unlink(missing_ok=True)


def seed_text(seed: Instruction) -> str:
    """What of a seed changes results."""
    return "\0".join((seed.id, seed.instruction, seed.input, seed.answer or ""))


def _untrained(folder: Path) -> Any:
    """The settings of a student that a run has named, but not trained yet; else ``None``."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        if any(stage.endswith("/imitate") for stage in manifest["stages"]):
            return None
        return manifest["config"].get(_STUDENT)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None  # the core says what is wrong with it


def _take_for_the_same_batch(folder: Path, student: dict[str, Any], launcher: str | None) -> None:
    """Puts in the batch that the run has noted, unless this one surely is another.

    It is that of one device. How many devices a launcher uses is known only when they train;
    what they made of it is noted with each training.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        noted = manifest["config"][_STUDENT]["training"]["batch"]
        made = {
            facts.get("answers_a_step")
            for stage, facts in manifest["stages"].items()
            if stage.endswith("/imitate")
        }
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return  # the core says what is wrong with it
    training = student["training"]
    if "batch" in training and (launcher is not None or made == {training["batch"]}):
        training["batch"] = noted


def _came_to_nothing(run: Run) -> bool:
    """Whether nobody has answered anything."""
    manifest = json.loads((run.folder / MANIFEST).read_bytes())
    if manifest["stages"]:
        return False
    return not (run.folder / JOURNAL).exists() or not len(run.journal)


def _models(choice: LionChoice) -> Mapping[str, str]:
    referee = choice.referee.model
    return {
        "teacher": choice.teacher.spec,
        "student": choice.student.base,
        "referee": referee.spec if referee is not None else choice.referee.kind,
        "generator": choice.generator.model.spec,
    }
