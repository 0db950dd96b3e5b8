"""A checkpoint goes on only with what it was made with; ``settings.json`` beside it says that."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from truing_core.errors import ResumeError
from truing_core.files import write_json
from truing_core.redact import guarded
from truing_core.run import differences
from truing_core.terminal import tell
from truing_core.training.arguments import DataArguments
from truing_core.training.decisive import decisive
from truing_core.training.folders import BEGUN_FROM, SETTINGS, base_model, read_settings

ADVICE = "use the old values, another output_dir, or --fresh to start over"
"""How a message about another config ends; who calls a training may have better to say."""
_LENGTHS = ("max_steps", "num_train_epochs")
_HERE = re.compile(r".* \((\w{12})\)", re.DOTALL)
_LORA = ("lora_", "use_rslora", "use_dora")


def settings_of(config: Any, model: Any, data: DataArguments) -> dict[str, Any]:
    """What decides what a training learns: its settings, its model and its rows.

    Args:
        config: TRL's configuration of the trainer, before the trainer adds to it.
        model: TRL's ``ModelConfig``.
        data: Where the rows are from.

    Raises:
        TruingError: There is no such model.
    """
    own = decisive(asdict(config))
    if "batch" in own:
        own["batch"] *= config.world_size
    of_model = {
        name: value
        for name, value in asdict(model).items()
        if name not in ("model_name_or_path", "attn_implementation", "trust_remote_code")
        and (model.use_peft or not name.startswith(_LORA))
    }
    found = {
        **own,
        **of_model,
        "model": _model(model.model_name_or_path),
        "data": _rows(data),
        "limit": data.limit,
        "dataset_streaming": data.dataset_streaming,
    }
    plain: dict[str, Any] = json.loads(json.dumps(guarded(found), default=str))
    return plain


def steps_wanted(trainer: Any) -> int:
    """How many steps a training makes in all, by upstream's own count."""
    import torch

    if trainer.args.max_steps > 0:
        return int(trainer.args.max_steps)
    with torch.random.fork_rng(devices=[]):  # loaders draw their seeds
        loader = trainer.get_train_dataloader()
    return int(trainer.set_initial_training_values(trainer.args, loader)[-1])


def check(checkpoint: str, settings: Mapping[str, Any], wanted: int) -> None:
    """Refuses to go on from a checkpoint that was made otherwise.

    Another number of steps or epochs is no difference, unless fewer are wanted than are made.

    Args:
        checkpoint: Its folder.
        settings: What the training is to go on with.
        wanted: How many steps it is to have made in the end.

    Raises:
        ResumeError: It was; the message names each difference.
    """
    before = read_settings(Path(checkpoint).parent)
    if not before:
        tell(f"there is no {SETTINGS} beside {checkpoint}: whether it was made the same way is "
             "not known")  # fmt: skip
    old = {
        name: before[name]
        for name, value in settings.items()
        if name in before  # other versions know other settings
        and name not in _LENGTHS
        and _content(before[name]) != _content(value)
    }
    found = list(differences(old, {name: settings[name] for name in old}))
    if (made := _state(checkpoint).get("global_step", 0)) > wanted:
        found.append(f"steps: {made} made, {wanted} wanted")
    if found:
        raise ResumeError(
            f"'{checkpoint}' was trained with another config ({'; '.join(found)}); {ADVICE}"
        )


def record(output_dir: str | Path, settings: Mapping[str, Any], checkpoint: str | None) -> None:
    """Writes the settings where the checkpoints will lie, and whence the first one comes.

    Args:
        output_dir: The place.
        settings: From :func:`settings_of`.
        checkpoint: What it goes on from, if anything.

    Raises:
        TruingError: The place cannot be written.
    """
    folder = Path(output_dir)
    begun = None
    if checkpoint is not None:
        place = Path(checkpoint).resolve()
        own = place.parent == folder.resolve()
        begun = read_settings(folder).get(BEGUN_FROM) if own else str(place)
    write_json(folder / SETTINGS, {**settings, **({BEGUN_FROM: begun} if begun else {})})


@contextmanager
def no_step_too_many(trainer: Any, checkpoint: str | None, wanted: int) -> Iterator[bool]:
    """While it trains, a checkpoint that made all steps is loaded and left as it is.

    Upstream's loop looks whether it is done after a step only, so in the middle of an epoch it
    would make one more each time the command is given again.

    Yields:
        Whether it is so. What upstream logs of a training without a step is then taken out again.
    """
    args, made = trainer.args, _state(checkpoint)
    done = bool(made) and made["global_step"] >= wanted
    if not done or not hasattr(trainer.train_dataset, "__len__"):
        yield False
        return
    before = args.max_steps, args.num_train_epochs
    args.max_steps, args.num_train_epochs = -1, int(made["epoch"])  # as many as are made
    try:
        yield True
    finally:
        args.max_steps, args.num_train_epochs = before
        kept = [log for log in trainer.state.log_history if "train_runtime" not in log]
        trainer.state.log_history = kept


def _state(checkpoint: str | None) -> dict[str, Any]:
    try:
        found = json.loads((Path(str(checkpoint)) / "trainer_state.json").read_bytes())
    except (OSError, ValueError):
        return {}
    known = isinstance(found, dict) and "epoch" in found and "global_step" in found
    return found if known else {}


def _content(value: Any) -> Any:
    """Of what lies here its digest alone; how it is called and where it lies changes nothing."""
    here = _HERE.fullmatch(value) if isinstance(value, str) else None
    return here[1] if here else value


def _model(name: str | None) -> str:
    from truing_core.models.checkpoint import find_checkpoint

    place = Path(os.path.expanduser(base_model(name)))
    if place.is_dir():
        return f"{place.resolve().name} ({find_checkpoint(str(place)).fingerprint})"
    return str(name)


def _rows(data: DataArguments) -> Any:
    """The contents of files, wherever they lie; of the hub's data the names."""
    path = Path(os.path.expanduser(str(data.dataset_name)))
    files = [path] if path.is_file() else sorted(path.glob("*.parquet"))
    if not files:
        return [data.dataset_name, data.dataset_config, data.dataset_train_split]
    digest = hashlib.sha256()
    for file in files:
        with open(file, "rb") as opened:
            digest.update(hashlib.file_digest(opened, "sha256").digest())
    return f"{path.resolve().name} ({digest.hexdigest()[:12]})"
