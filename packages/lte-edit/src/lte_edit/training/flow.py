"""``lte-edit train``: from arguments to an aligned model, through TRL's parser and trainer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lte_edit.training.config import LTEConfig, LTEModelConfig
from truing_core.training import arguments as shared
from truing_core.training.arguments import CommandArguments, DataArguments
from truing_core.training.sft import Tool, train_answers

TOOL = Tool("lte-edit", "LTE (arXiv 2402.11905)", record="lte_run.json", data="build-data")

Arguments = tuple[DataArguments, LTEConfig, LTEModelConfig, CommandArguments]


def parse(arguments: Sequence[str]) -> Arguments:
    """Reads flags and ``--config FILE.yaml``; flags win. ``--help`` prints every field.

    Raises:
        UsageError: A field is unknown or has a value that cannot be.
    """
    kinds = (DataArguments, LTEConfig, LTEModelConfig, CommandArguments)
    data, config, model, command = shared.parse("lte-edit train", kinds, arguments)
    config.suit_method(model.use_peft)
    return data, config, model, command


def train(arguments: Arguments) -> dict[str, Any]:
    """Trains, or goes on with a training that was interrupted, and saves the model.

    Returns:
        Where the model is, how many answers and steps it took, and the last metrics.

    Raises:
        TruingError: Something the user can mend; checkpoints stand.
    """
    data, config, model, command = arguments
    config.suit_method(model.use_peft)
    return train_answers(TOOL, data, config, model, command)
