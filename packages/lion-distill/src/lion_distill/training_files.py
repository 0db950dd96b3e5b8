"""What a student is trained with: a packaged recipe or a file of one's own, and single values."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from truing_core.errors import InputError, UsageError

BY_THE_LOOP = ("model_name_or_path", "dataset_name", "output_dir")
"""What the loop sets itself, and passes over in a file."""

_OF_A_MODEL = ("chat_template_path", "eos_token")
"""What in a packaged recipe is for the model it names, and for no other."""


def training_values(
    source: str, settings: Sequence[str] = (), *, student: str = ""
) -> dict[str, Any]:
    """TRL's names and values.

    Args:
        source: The name of a recipe, or a YAML file.
        settings: ``NAME=VALUE``, which win; values are read as YAML.
        student: The model that is trained; a recipe for another keeps its own model's marks.

    Raises:
        InputError: The file is no YAML mapping.
        UsageError: There is no such recipe or file, or a setting is none.
    """
    values = {name.replace("-", "_"): value for name, value in _file(source, student).items()}
    for setting in settings:
        name, equals, value = setting.partition("=")
        name = name.strip().removeprefix("--").replace("-", "_")
        if not equals or not name.isidentifier():
            raise UsageError(f"--set '{setting}': expected NAME=VALUE, as learning_rate=1e-5")
        if name in BY_THE_LOOP:
            raise UsageError(f"--set {name}: the loop sets it itself; leave it out")
        values[name] = _number(_yaml(value, f"--set {name}"))
    return {name: value for name, value in values.items() if name not in BY_THE_LOOP}


def _file(source: str, student: str) -> dict[str, Any]:
    from truing_core.training.recipes import recipe, recipes

    path = Path(source)
    if path.suffix in (".yaml", ".yml"):
        try:
            content = _yaml(path.read_text("utf-8"), source)
        except FileNotFoundError:
            raise UsageError(f"--training: there is no file '{source}'") from None
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"cannot be read: {error}", path=path) from None
    else:
        try:
            content = _yaml(recipe("lion_distill.recipes", source).text, source)
            if content["model_name_or_path"] != student:
                content = {n: value for n, value in content.items() if n not in _OF_A_MODEL}
        except UsageError:
            known = [e.name for e in recipes("lion_distill.recipes") if not e.of_accelerate]
            raise UsageError(
                f"--training '{source}' is no recipe ({', '.join(known)}) and no .yaml file"
            ) from None
    if not isinstance(content, dict) or any(not isinstance(name, str) for name in content):
        raise InputError("expected 'option: value' lines", path=source)
    return {name: _number(value) for name, value in content.items()}


def _yaml(text: str, place: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"no valid YAML: {' '.join(str(error).split())}", path=place) from None


def _number(value: Any) -> Any:
    """YAML 1.1 reads ``1e-5`` as text."""
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return value
