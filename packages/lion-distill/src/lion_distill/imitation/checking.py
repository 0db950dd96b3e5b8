"""What a training would refuse, told before anybody is paid for what is learned in it."""

from __future__ import annotations

from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from tempfile import TemporaryDirectory

from lion_distill.choices import StudentChoice
from lion_distill.imitation.settings import settings
from lion_distill.workspace import Iteration
from truing_core.errors import InputError, UsageError


def check(at: Iteration, student: StudentChoice) -> None:
    """Looks at the student and at TRL's settings, as far as that takes no weights.

    Values are left to the training where a launcher starts it: some are for its processes alone.

    Raises:
        InputError: There is no such student.
        ModelError: Its folder holds no model.
        UsageError: TRL knows no such setting, or refuses a value.
    """
    check_names(student)
    wanted = settings(at, student)
    _check_model(str(wanted["model_name_or_path"]), wanted.get("model_revision"))
    if student.launcher is not None:
        return
    import yaml

    from lion_distill.training import parse

    with TemporaryDirectory() as folder:
        file = Path(folder) / "training.yaml"
        file.write_text(yaml.safe_dump(wanted), "utf-8")
        parse(["--config", str(file)])


def check_names(student: StudentChoice) -> None:
    """Looks at the names of settings alone, which takes no student on this machine.

    Raises:
        UsageError: TRL knows no such setting.
    """
    from lion_distill.training import TRAINING
    from truing_core.training.arguments import CommandArguments, DataArguments

    kinds = (DataArguments, TRAINING.config, TRAINING.model, CommandArguments)
    known = {field.name for kind in kinds for field in fields(kind)} | {"env"}  # TRL's parser's own
    for name in student.training:
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise UsageError(f"TRL has no setting '{name}'{hint}")


def _check_model(name: str, revision: str | None) -> None:
    from transformers import AutoConfig
    from transformers.utils import cached_file

    from truing_core.training.folders import base_model

    found = base_model(name)
    if Path(found).is_dir():
        return
    try:
        AutoConfig.from_pretrained(found, revision=revision or "main")
    except (OSError, ValueError) as error:
        try:
            cached_file(found, "adapter_config.json", revision=revision or "main")
        except OSError:
            said = " ".join(str(error).split())[:300]
            raise InputError(f"is no student that can be trained: {said}", path=name) from None
