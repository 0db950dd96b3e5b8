"""What the student is trained with: a recipe or the user's file, and what the loop itself sets."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lion_distill.choices import StudentChoice
from lion_distill.imitation.student import student_folder
from lion_distill.workspace import Iteration
from truing_core.errors import InputError, UsageError
from truing_core.redact import is_secret_name
from truing_core.training.recipes import recipe

RECIPES = "lion_distill.recipes"
_DEFAULTS = {"report_to": "none", "save_total_limit": 1, "logging_steps": 1}
_OURS = ("dataset_name", "output_dir", "save_merged")
_NOT_HERE = {
    "dry_run": "the plan is printed by run --dry-run",
    "fresh": "run --fresh starts over",
    "resume_from_checkpoint": "a training that was killed goes on by itself",
    "dataset_streaming": "the answers are a file of this run",
    "limit": "run --limit takes fewer seeds",
}
_OF_ONE_MODEL = ("chat_template_path", "eos_token")


def training_values(source: str, sets: Sequence[str] = ()) -> dict[str, Any]:
    """TRL's names and values from a recipe or file, and from ``NAME=VALUE``, which win.

    Args:
        source: A name of ``lion-distill recipes list``, or a YAML file.
        sets: Single values, in YAML.

    Returns:
        What :attr:`StudentChoice.training` takes; a model that the source names stays in it, since
        some of its values are about that model alone.

    Raises:
        UsageError: There is no such recipe, a value is not for the loop, or it is a secret.
        InputError: The file is no YAML of names and values.
    """
    path = Path(os.path.expanduser(source))
    if path.is_file() or path.suffix.lower() in (".yaml", ".yml"):
        values = _mapping(_text(path), source)
    else:
        values = _mapping(recipe(RECIPES, source).text, source)
    for each in sets:
        name, sign, value = each.partition("=")
        if not sign or not name.strip().isidentifier():
            raise UsageError(f"'{each}' is no setting; expected NAME=VALUE")
        values.update(_mapping(f"{name.strip()}: {value}", each))
        if name.strip() in _OF_ONE_MODEL:
            values.pop("model_name_or_path", None)
    for name, instead in _NOT_HERE.items():
        if values.get(name):
            raise UsageError(f"{name} is no setting for the loop: {instead}")
    for name, value in values.items():
        if value and is_secret_name(name):
            raise UsageError(
                f"{name} would stand in training.yaml for all to read; set the environment's "
                "HF_TOKEN instead"
            )
    return {name: value for name, value in values.items() if name not in (*_OURS, *_NOT_HERE)}


def settings(at: Iteration, student: StudentChoice) -> dict[str, Any]:
    """All that ``lion-distill train --config`` needs for an iteration.

    Raises:
        InputError: The student to go on from is not there.
    """
    values = {**_DEFAULTS, **student.training}
    named = values.pop("model_name_or_path", None)
    base = base_of(at, student)
    alien = _OF_ONE_MODEL if named not in (None, student.base) else ()
    done = ("chat_template_path",) if base != student.base else ()  # an earlier student has it
    kept = {name: value for name, value in values.items() if name not in (*alien, *done)}
    return {
        **kept,
        "model_name_or_path": base,
        "dataset_name": str(at.responses),
        "output_dir": str(at.student),
        "save_merged": is_lora(values),
    }


def base_of(at: Iteration, student: StudentChoice) -> str:
    """The model that an iteration's training begins with.

    Raises:
        InputError: It is the student before, and that is not there.
    """
    before = at.before()
    if before is None or student.start == "base":
        return student.base
    return str(student_folder(before))


def is_lora(values: Mapping[str, Any]) -> bool:
    """Whether an adapter is trained in place of all weights."""
    return str(values.get("use_peft", False)).lower() in ("true", "1", "yes")


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise InputError("there is no such file", path=path) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {' '.join(str(error).split())}", path=path) from None


def _mapping(text: str, source: str) -> dict[str, Any]:
    import yaml

    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"is no valid YAML: {' '.join(str(error).split())}", path=source) from None
    if values is None:
        return {}
    if not isinstance(values, dict) or not all(isinstance(name, str) for name in values):
        raise InputError("holds no settings; expected TRL's names and values", path=source)
    return values
