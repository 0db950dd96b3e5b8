"""Where models come from and go to: base models, checkpoints, merged adapters, records."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from truing_core.errors import ResumeError, UsageError
from truing_core.files import disk_error, write_json
from truing_core.redact import guarded
from truing_core.terminal import tell

SETTINGS = "settings.json"
"""Says beside checkpoints what they were made with."""
BEGUN_FROM = "begun_from"
"""In it: the checkpoint from elsewhere that the first one went on from."""
_PACKAGES = ("trl", "transformers", "torch", "peft", "accelerate", "datasets")


def base_model(name: str | None) -> str:
    """What TRL loads for a ``model_name_or_path``: a folder that was found sound, or a hub id.

    Raises:
        UsageError: None was given.
        ModelError: The folder holds no model.
    """
    from truing_core.models.checkpoint import find_checkpoint

    if name is None:
        raise UsageError("model_name_or_path is missing: a hub id, a folder, or demo")
    if name == "demo":
        from truing_core.models.demo import demo_folder

        return str(demo_folder())
    if Path(name).exists() or name.startswith((".", "/", "~")):
        return str(find_checkpoint(name).folder)
    return name


def init_kwargs(model: Any) -> dict[str, Any]:
    """What a trainer passes on to ``from_pretrained`` of TRL's ``ModelConfig``."""
    return {
        "revision": model.model_revision,
        "attn_implementation": model.attn_implementation,
        "dtype": model.dtype,
    }


def checkpoint_to_resume(config: Any, *, fresh: bool = False) -> str | None:
    """The checkpoint a training goes on from: the one named, or the last whole one there is.

    A training that was killed while it saved leaves a part of a checkpoint, which is passed over.

    Args:
        config: TRL's configuration of the trainer.
        fresh: What lies in ``output_dir`` is not for this training.

    Raises:
        UsageError: There is no such checkpoint, or it would be moved aside.
        ResumeError: It is from elsewhere, and ``output_dir`` has some of its own.
    """
    named = config.resume_from_checkpoint
    folder = Path(str(config.output_dir))
    if named and str(named).lower() != "true":
        return str(_named(Path(str(named)), folder, fresh))
    found = None if fresh else _last_whole(folder)
    if named and not fresh and found is None:
        raise UsageError(f"resume_from_checkpoint: there is no checkpoint in '{folder}'")
    return str(found) if found else None


def _named(checkpoint: Path, folder: Path, fresh: bool) -> Path:
    """A folder's checkpoints are all of one training: nobody could tell later which is whose."""
    if not _is_whole(checkpoint):
        raise UsageError(f"resume_from_checkpoint: '{checkpoint}' is no checkpoint, or not whole")
    place = checkpoint.resolve()
    if fresh and folder.resolve() in place.parents:
        raise UsageError(
            f"--fresh would move '{checkpoint}' aside, from which it is to go on; leave one out, "
            "or use another output_dir"
        )
    if not fresh and place.parent != folder.resolve() and (own := _last_whole(folder)):
        if read_settings(folder).get(BEGUN_FROM) == str(place):
            return own  # the same command again, after it was interrupted
        raise ResumeError(
            f"'{folder}' has checkpoints of its own; leave resume_from_checkpoint out to go on "
            "from those, or use another output_dir, or --fresh to move them aside"
        )
    return checkpoint


def read_settings(folder: Path) -> dict[str, Any]:
    """What the checkpoints in a folder were made with; empty where that is not known."""
    try:
        found = json.loads((folder / SETTINGS).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _last_whole(folder: Path) -> Path | None:
    for checkpoint in sorted(folder.glob("checkpoint-*"), key=_step, reverse=True):
        if _step(checkpoint) >= 0 and _is_whole(checkpoint):
            return checkpoint
        tell(f"passing over {checkpoint}: it was not written to its end")
    return None


def _step(checkpoint: Path) -> int:
    number = checkpoint.name.rpartition("-")[2]
    return int(number) if number.isdecimal() else -1


def _is_whole(checkpoint: Path) -> bool:
    """The trainer writes its state after everything else."""
    try:
        json.loads((checkpoint / "trainer_state.json").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return True


def move_aside(output_dir: str | Path) -> None:
    """Keeps an earlier training's folder under another name."""
    folder = Path(output_dir)
    if folder.is_dir() and any(folder.iterdir()):
        stem = f"{folder.name}.old-{datetime.now():%Y%m%d-%H%M%S}"
        old = folder.with_name(stem)
        count = 1
        while old.exists():  # of the same second
            count += 1
            old = folder.with_name(f"{stem}-{count}")
        try:
            folder.rename(old)
        except OSError as error:
            raise disk_error(error, folder) from error
        tell(f"the earlier training is in {old}")


def save_merged(trainer: Any) -> None:
    """Writes the model with its adapter merged in, to ``output_dir/merged``."""
    if not trainer.is_world_process_zero():
        return
    folder = Path(str(trainer.args.output_dir)) / "merged"
    merged = trainer.accelerator.unwrap_model(trainer.model).merge_and_unload()
    # TRL's fused head stands where the class's own forward was; it is not saved.
    merged.save_pretrained(folder)
    trainer.processing_class.save_pretrained(folder)


def write_record(trainer: Any, file: str, tool: str, own: Mapping[str, Any]) -> None:
    """Writes what a training was: versions, configuration, steps, losses, what the tool adds."""
    if not trainer.is_world_process_zero():
        return
    record = {
        "tool": tool,
        "versions": {name: version(name) for name in (tool, *_PACKAGES)},
        **own,
        "steps": trainer.state.global_step,
        "losses": losses(trainer),
        "config": json.loads(json.dumps(provenance(trainer.args), default=str)),
    }
    write_json(Path(str(trainer.args.output_dir)) / file, record)


def provenance(config: Any) -> dict[str, Any]:
    """All fields of a configuration, without what may hold a secret."""
    fields: dict[str, Any] = guarded(
        {name: value for name, value in asdict(config).items() if "token" not in name}
    )
    return fields


def add_to_card(trainer: Any, heading: str, values: Mapping[str, Any]) -> None:
    """Adds a table of values to the model card that TRL has written."""
    file = Path(trainer.args.output_dir) / "README.md"
    if not trainer.is_world_process_zero() or not file.is_file():
        return
    shown = "".join(f"| `{key}` | {value} |\n" for key, value in values.items())
    section = f"### {heading}\n\n| field | value |\n|---|---|\n{shown}\n"
    before, mark, after = file.read_text("utf-8").partition("### Framework versions")
    file.write_text(f"{before}{section}{mark}{after}", "utf-8")


def last_metrics(trainer: Any) -> dict[str, Any]:
    """The last value of each thing a trainer has logged; ``None`` if it is no finite number."""
    last = {name: value for log in trainer.state.log_history for name, value in log.items()}
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in last.items()
    }


def earlier_metrics(trainer: Any, file: str) -> dict[str, Any]:
    """The metrics on record of a training that was done before, if it is this one's record."""
    try:
        found = json.loads((Path(str(trainer.args.output_dir)) / file).read_bytes())
        of_this = (found["steps"], found["losses"]) == (
            trainer.state.global_step, [list(each) for each in losses(trainer)],
        )  # fmt: skip
        return dict(found["metrics"]) if of_this else last_metrics(trainer)
    except (OSError, ValueError, TypeError, KeyError):
        return last_metrics(trainer)


def losses(trainer: Any) -> list[tuple[int, float]]:
    """Steps and training losses, as they were logged."""
    return [
        (log["step"], log["loss"])
        for log in trainer.state.log_history
        if "loss" in log and math.isfinite(log["loss"])
    ]
