"""``TOOL train`` in front of TRL's parser; nothing heavy is imported before it is called."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

from truing_core.cli import emit_json, tell
from truing_core.errors import TruingError

# TRL's parser reads what this one leaves: --max_steps and --max-steps alike.
TRAIN_SETTINGS = {"allow_extra_args": True, "ignore_unknown_options": True}

HelpAll = Annotated[
    bool, typer.Option("--help-all", help="Every option: data, TRL's configuration, ModelConfig.")
]


def run_train(
    module: str,
    arguments: Sequence[str],
    *,
    as_json: bool,
    help_all: bool,
    install: str | None = None,
) -> None:
    """Parses, trains and says where the model is.

    Args:
        module: What holds the tool's ``parse`` and ``train``.
        arguments: What typer left.
        as_json: Print the result as JSON.
        help_all: Print every field instead.
        install: What to install if the training stack is not there.

    Raises:
        TruingError: Something the user can mend.
    """
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        training = import_module(module)
    except ModuleNotFoundError as error:
        if install is None:
            raise
        raise TruingError(f"training needs {error.name}: pip install '{install}'") from None
    result = training.train(training.parse([*arguments, *(["--help"] if help_all else [])]))
    if as_json:
        emit_json(result)
        return
    if "steps" not in result:
        for name, value in result.items():
            typer.echo(f"{name}: {value}")
        return
    tell(f"{result['steps']} steps; the model is in {result['output_dir']}")
