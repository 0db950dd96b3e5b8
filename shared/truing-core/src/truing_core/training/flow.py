"""How every ``train`` goes: what there is goes on or aside, then training, saving, a record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trl import ModelConfig

from truing_core.errors import UsageError
from truing_core.terminal import tell
from truing_core.training.arguments import CommandArguments, DataArguments
from truing_core.training.folders import (
    checkpoint_to_resume,
    earlier_metrics,
    last_metrics,
    move_aside,
    save_merged,
    write_record,
)
from truing_core.training.machine import sentences, writing
from truing_core.training.resuming import (
    check,
    no_step_too_many,
    record,
    settings_of,
    steps_wanted,
)

Plan = dict[str, Any]


@dataclass(frozen=True)
class Tool:
    """Whose ``train`` command it is.

    Attributes:
        name: The distribution.
        heading: What the model card calls the method.
        record: The file in ``output_dir`` that says what was trained.
        data: What rows to train on come from, for messages.
    """

    name: str
    heading: str
    record: str
    data: str


def train_and_save(
    tool: Tool,
    prepare: Callable[[], tuple[Any, Plan]],
    data: DataArguments,
    config: Any,
    model: ModelConfig,
    command: CommandArguments,
    *,
    memory_advice: str,
    complete_card: Callable[[Any], None] = lambda trainer: None,
) -> dict[str, Any]:
    """Trains, or goes on with a training that was interrupted, and saves the model.

    Args:
        tool: Whose command it is.
        prepare: Gives the trainer, and what it is going to do; that alone is a dry run.
        data: As :func:`~truing_core.training.arguments.parse` gives it, like the next three.
        config: TRL's configuration of the trainer.
        model: What is trained.
        command: How.
        memory_advice: What to do when memory does not suffice.
        complete_card: Adds to the model card that the trainer has written.

    Returns:
        Where the model is, the plan, the steps, and the last metrics.

    Raises:
        ResumeError: What stands there was trained with other settings, on another model or on
            other rows.
        TruingError: Something else the user can mend; checkpoints stand.
    """
    if command.save_merged and not model.use_peft:
        raise UsageError("save_merged merges an adapter, and use_peft is false; leave it out")
    if data.dataset_name is None:  # before anything is moved, or a model looked for
        raise UsageError(f"dataset_name is missing: what {tool.data} wrote, or a hub id")
    checkpoint = checkpoint_to_resume(config, fresh=command.fresh)
    if command.fresh and not command.dry_run and config.process_index == 0:
        move_aside(str(config.output_dir))
    settings = settings_of(config, model, data)  # before the trainer adds to them
    trainer, plan = prepare()
    wanted = steps_wanted(trainer) if checkpoint else 0
    if checkpoint:
        check(checkpoint, settings, wanted)
    if command.dry_run:
        return plan
    if checkpoint:
        tell(f"going on from {checkpoint}")
    output = str(config.output_dir)
    if trainer.is_world_process_zero():
        record(output, settings, checkpoint)
    with sentences(memory_advice):
        with no_step_too_many(trainer, checkpoint, wanted) as idle:
            trainer.train(resume_from_checkpoint=checkpoint)
        with writing(output):
            trainer.save_model(output)
            trainer.create_model_card(Path(output).name)
            complete_card(trainer)
            if command.save_merged:
                save_merged(trainer)
    metrics = earlier_metrics(trainer, tool.record) if idle else last_metrics(trainer)
    outcome = {"resumed_from": checkpoint, "metrics": metrics}
    own = {"model": model.model_name_or_path, "data": data.dataset_name, **plan, **outcome}
    write_record(trainer, tool.record, tool.name, own)
    if config.push_to_hub:
        trainer.push_to_hub(dataset_name=data.dataset_name)
    return {"output_dir": output, **plan, "steps": trainer.state.global_step, **outcome}
