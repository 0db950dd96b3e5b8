"""Flags and ``--config FILE.yaml`` for a ``train`` command, read by TRL's own parser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from truing_core.errors import UsageError


@dataclass
class DataArguments:
    """Which rows are trained and evaluated on."""

    dataset_name: str | None = field(
        default=None, metadata={"help": "Data: .parquet, .jsonl or .json file, or a hub id."}
    )
    dataset_config: str | None = field(
        default=None, metadata={"help": "Configuration of a hub data set."}
    )
    dataset_train_split: str = field(default="train", metadata={"help": "Split to train on."})
    dataset_test_split: str = field(
        default="test",
        metadata={"help": "Split to evaluate on, with eval_strategy other than 'no'."},
    )
    eval_dataset_name: str | None = field(
        default=None,
        metadata={"help": "File or hub id to evaluate on, in place of the test split."},
    )
    dataset_streaming: bool = field(
        default=False, metadata={"help": "Stream the data; needs max_steps."}
    )
    limit: int | None = field(default=None, metadata={"help": "The first N rows only."})


@dataclass
class CommandArguments:
    """What the command does beside training."""

    fresh: bool = field(
        default=False,
        metadata={"help": "Start over: an output_dir with checkpoints is moved aside."},
    )
    save_merged: bool = field(
        default=False,
        metadata={
            "help": "With use_peft, also write the model with the adapter merged in, to "
            "output_dir/merged; eval and most servers want that."
        },
    )
    dry_run: bool = field(
        default=False, metadata={"help": "Prepare the data, say what would happen, and stop."}
    )


def parse(command: str, kinds: Sequence[type], arguments: Sequence[str]) -> tuple[Any, ...]:
    """Reads flags and ``--config FILE.yaml``; flags win. ``--help`` prints every field.

    Args:
        command: As it is called, for the usage line: ``bmc-dpo train``.
        kinds: Dataclasses whose fields are options.
        arguments: What was typed after the command.

    Returns:
        An instance of each kind.

    Raises:
        UsageError: A field is unknown or has a value that cannot be.
    """
    from trl import TrlParser

    try:
        read = TrlParser(tuple(kinds), prog=command).parse_args_and_config(list(arguments))
    except FileNotFoundError as error:
        raise UsageError(f"--config: there is no file '{error.filename}'") from None
    except (ValueError, TypeError, IndexError) as error:
        raise UsageError(" ".join(str(error).split())) from None
    except Exception as error:
        if type(error).__module__.startswith("yaml"):
            raise UsageError(f"--config is no valid YAML: {' '.join(str(error).split())}") from None
        raise
    return tuple(read)
