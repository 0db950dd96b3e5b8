"""The student's training on the teacher's answers: one for each iteration, and none twice."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lion_distill.choices import StudentChoice
from lion_distill.imitation.end_of_turn import end_of_turn
from lion_distill.imitation.going_on import own_advice
from lion_distill.imitation.launch import launch
from lion_distill.imitation.settings import is_lora, settings
from lion_distill.imitation.student import Mark, read_mark, stamp, whole
from lion_distill.workspace import Iteration, missing
from truing_core.errors import ModelError, TruingError
from truing_core.files import write_text
from truing_core.terminal import tell
from truing_core.training.decisive import decisive

_PLACES = ("model_name_or_path", "dataset_name", "output_dir")


def imitate(at: Iteration, student: StudentChoice) -> dict[str, Any]:
    """Fine-tunes the student on ``responses.jsonl`` (Lion, section 3.1).

    It begins with the base model, or with the student of the iteration before. What was asked for
    is in ``training.yaml``, which ``lion-distill train --config`` takes as it is. A training that
    was killed goes on from its last whole checkpoint; one that is done is not done again; one with
    other settings or answers is moved aside. After LoRA the merged model is the student.

    Returns:
        ``method``, ``examples``, ``steps``, ``answers_a_step`` (of all devices), ``learning_rate``,
        ``loss`` (the last logged one), ``seconds`` and ``tokens_per_second`` (of a training that
        was not interrupted), and ``too_long`` (answers that did not fit into ``max_length``), if
        there were any.

    Raises:
        InputError: There are no answers, no student to begin with, or it cannot be trained: no chat
            template, a tokenizer of another model.
        ResumeError: The training was begun on another number of devices.
        TruingError: Memory or disk do not suffice, or the launched training failed; checkpoints
            stand.
    """
    if not at.responses.is_file():
        raise missing(at.responses, f"respond --iteration {at.number}")
    wanted = settings(at, student)
    if (end := end_of_turn(wanted)) is not None:
        tell(f"answers end with {end}, as in the student's chat template")
        wanted["eos_token"] = end
    training = _fingerprint(wanted, at.responses)
    before = read_mark(at)
    if before is not None and before.training == training and _is_there(at, before):
        return before.facts
    if before is None or before.training != training or before.model is not None:
        _aside(at)
    _write_yaml(at.training, wanted)
    at.student.mkdir(parents=True, exist_ok=True)
    Mark(training).write(at)
    with own_advice(at):
        if student.launcher is None:
            _train_here(at.training)
        else:
            launch(student.launcher, ["train", "--config", str(at.training)])
    return _finished(at, training, "merged" if is_lora(wanted) else ".")


def _fingerprint(wanted: Mapping[str, Any], responses: Path) -> str:
    """Changes with what decides what is learned: settings, answers, the model; not with folders."""
    base = wanted["model_name_or_path"]
    own = {name: value for name, value in decisive(wanted).items() if name not in _PLACES}
    start = whole(Path(base)).fingerprint if os.path.isdir(os.path.expanduser(base)) else base
    learned = hashlib.sha256(responses.read_bytes()).hexdigest()
    text = json.dumps([own, start, learned], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _is_there(at: Iteration, mark: Mark) -> bool:
    if mark.model is None:
        return False
    try:
        whole(at.student / mark.model)
    except ModelError as error:
        tell(f"the student was trained, but is not whole ({error}); training it again")
        return False
    return True


def _aside(at: Iteration) -> None:
    """Keeps an earlier training, if anything came of it."""
    from truing_core.training.folders import move_aside

    if any(path.is_dir() or path.suffix == ".safetensors" for path in at.student.glob("*")):
        move_aside(at.student)


def _write_yaml(path: Path, wanted: Mapping[str, Any]) -> None:
    import yaml

    text = yaml.safe_dump(dict(wanted), sort_keys=False, allow_unicode=True)
    write_text(path, f"# lion-distill train --config {path.name}\n{text}")


def _train_here(config: Path) -> None:
    """Trains in this process, and frees what that took before the student is to answer."""
    from lion_distill.training import parse, train
    from truing_core.models.weights import free_memory

    try:
        train(parse(["--config", str(config)]))
    finally:
        free_memory()


def _finished(at: Iteration, training: str, model: str) -> dict[str, Any]:
    """Stamps a trained model, and drops checkpoints that nobody needs any more."""
    record = _record(at)
    stamp(at.student / model, training)
    whole(at.student / model)
    facts = _facts(record, at)
    _tell_of_another_batch(at, facts["answers_a_step"])
    Mark(training, model, facts).write(at)
    for checkpoint in at.student.glob("checkpoint-*"):
        shutil.rmtree(checkpoint, ignore_errors=True)
    return facts


def _tell_of_another_batch(at: Iteration, size: int) -> None:
    """How many devices a launcher uses is known only once they have trained."""
    before = at.before()
    mark = read_mark(before) if before is not None else None
    earlier = mark.facts.get("answers_a_step") if mark is not None else None
    if earlier not in (None, size):
        tell(
            f"a step was of {size} answers, and of {earlier} in the iteration before: the launcher "
            "used another number of devices"
        )


def _record(at: Iteration) -> Mapping[str, Any]:
    path = at.student / "lion_run.json"
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise TruingError(f"the training ended without leaving {path}: {error}") from None
    return dict(found)


def _facts(record: Mapping[str, Any], at: Iteration) -> dict[str, Any]:
    metrics: Mapping[str, Any] = record["metrics"]
    facts: dict[str, Any] = {
        "method": record["method"],
        "examples": record["answers"],
        "steps": record["steps"],
        "answers_a_step": record["answers_a_step"],
        "learning_rate": record["learning_rate"],
        "loss": metrics.get("loss", metrics.get("train_loss")),
    }
    seconds, tokens = metrics.get("train_runtime"), metrics.get("num_tokens")
    if seconds and record.get("resumed_from") is None:
        facts["seconds"] = seconds
        if tokens:
            facts["tokens_per_second"] = tokens / seconds
    with at.responses.open("rb") as file:
        too_long = sum(1 for line in file if line.strip()) - record["answers"]
    if too_long > 0:
        facts["too_long"] = too_long
        tell(f"{too_long:,} answers do not fit into max_length and were left out")
    return facts
