"""Benchmarks of EleutherAI's lm-evaluation-harness, through its Python API (extra ``lm-eval``).

It loads the student itself, and fetches the data of its tasks from the hub. Its own seeds are
left as they are, so that numbers can be held against published ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from truing_core.errors import InputError, ModelError, UsageError
from truing_core.models import LoadOptions, ModelSpec

if TYPE_CHECKING:
    from truing_core.models.checkpoint import Checkpoint

_STDERR = "_stderr"


@dataclass(frozen=True)
class HarnessChoice:
    """What the harness is asked for.

    Attributes:
        tasks: Names of tasks, groups or tags, with ``*`` as a wildcard.
        folder: With tasks of your own, as YAML files; they may name Python functions to run.
        limit: The first so many of each task only, which makes no number to publish.
    """

    tasks: tuple[str, ...]
    folder: Path | None = None
    limit: int | None = None

    def config(self) -> dict[str, Any]:
        """What of it changes results."""
        return {"tasks": list(self.tasks), "limit": self.limit}


def need_harness() -> None:
    """Checks that it is installed, without importing it.

    Raises:
        ModelError: It is not; the message names the extra.
    """
    spec = find_spec("lm_eval")
    if spec is None or not spec.origin:
        raise ModelError(
            'lm-eval is not installed here: pip install "lion-distill[lm-eval]", or leave out '
            "--lm-eval"
        )


def check_harness(spec: str, choice: HarnessChoice, options: LoadOptions) -> None:
    """Looks at what can be known before anybody is asked.

    Raises:
        ModelError: The harness is not installed, or there is no such model.
        UsageError: The model is not a local one, has a chat template of the user's, or there is no
            such folder of tasks.
    """
    need_harness()
    if choice.folder is not None and not choice.folder.is_dir():
        raise UsageError(f"there is no folder '{choice.folder}' of tasks")
    if options.chat_template is not None:
        raise UsageError(
            "lm-eval takes the chat template that the model comes with; leave out --chat-template, "
            "or evaluate --questions and --lm-eval apart"
        )
    _checkpoint(spec)


def harness_measures(spec: str, choice: HarnessChoice) -> dict[str, Any]:
    """What its numbers hang on beside names: the weights that are there now, and tasks' files."""
    digest = hashlib.sha256()
    if choice.folder is not None:
        for file in sorted(each for each in choice.folder.rglob("*") if each.is_file()):
            place = file.relative_to(choice.folder)
            if any(part.startswith(".") or part == "__pycache__" for part in place.parts[:-1]):
                continue  # Python's own, written by the harness; an editor's; version control
            name, content = place.as_posix(), file.read_bytes()
            digest.update(f"{name}\0{len(content)}\0".encode("utf-8", "surrogatepass") + content)
    return {
        "model": _checkpoint(spec).fingerprint,
        "tasks": digest.hexdigest()[:12] if choice.folder is not None else None,
    }


def run_harness(spec: str, choice: HarnessChoice, options: LoadOptions) -> dict[str, Any]:
    """Runs tasks on a local model.

    Args:
        spec: ``hf/…``, ``vllm/…`` or ``demo``.
        choice: The tasks.
        options: Device and type of numbers.

    Returns:
        ``version`` of the harness, ``limit``, and ``tasks``: for each, groups among them,
        ``n``, ``shots``, and ``metrics`` by name with ``value`` and ``stderr`` as the harness
        gives them (shares are fractions).

    Raises:
        InputError: The data of a task cannot be fetched.
        ModelError: The harness is not installed, or the model cannot be loaded.
        UsageError: As :func:`check_harness`; or there is no such task.
    """
    check_harness(spec, choice, options)
    folder = choice.folder
    engine, arguments = engine_of(spec, options)
    import lm_eval
    from lm_eval.tasks import TaskManager

    manager = TaskManager(include_path=None if folder is None else str(folder))
    tasks = _known(manager, choice.tasks)
    try:
        found = lm_eval.simple_evaluate(
            engine,
            model_args=arguments,
            tasks=tasks,
            batch_size="auto" if engine == "vllm" else 8,
            device=_device(options) if engine == "hf" else None,
            limit=choice.limit,
            apply_chat_template=True,
            task_manager=manager,
            log_samples=False,
        )
    except OSError as error:  # also requests' and datasets' errors of connection
        text = " ".join(str(error).split())
        raise InputError(
            f"lm-eval cannot fetch what {', '.join(tasks)} needs ({text}); run it once where the "
            "hub can be reached, then it is cached"
        ) from error
    except ValueError as error:
        raise InputError(f"lm-eval refused: {' '.join(str(error).split())}") from error
    return {"version": lm_eval.__version__, "limit": choice.limit, "tasks": tasks_of(found or {})}


def engine_of(spec: str, options: LoadOptions) -> tuple[str, dict[str, Any]]:
    """The harness's name of the engine, and how it loads the model.

    Raises:
        ModelError: There is no such model.
        UsageError: It is not a local one.
    """
    parsed, checkpoint = ModelSpec.parse(spec), _checkpoint(spec)
    arguments: dict[str, Any] = {
        "pretrained": str(checkpoint.folder),
        "tokenizer": str(checkpoint.tokenizer_folder),
        "dtype": options.dtype,
        "trust_remote_code": False,
    }
    if parsed.backend == "vllm":
        if checkpoint.adapter is not None:
            arguments["lora_local_path"] = str(checkpoint.adapter)
        return "vllm", arguments
    if checkpoint.gguf is not None:
        arguments["gguf_file"] = checkpoint.gguf
    if checkpoint.adapter is not None:
        arguments["peft"] = str(checkpoint.adapter)
    return "hf", arguments


def _checkpoint(spec: str) -> Checkpoint:
    from truing_core.models.checkpoint import find_checkpoint

    parsed = ModelSpec.parse(spec)
    if parsed.backend == "openai":
        raise UsageError(
            f"--lm-eval runs the student itself, which '{spec}' does not allow; give it as "
            "hf/FOLDER or vllm/FOLDER"
        )
    if parsed.backend == "demo":
        from truing_core.models.demo import demo_folder

        return find_checkpoint(str(demo_folder()))
    return find_checkpoint(parsed.name)


def _device(options: LoadOptions) -> str:
    if options.device != "auto":
        return options.device
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _known(manager: Any, names: Sequence[str]) -> list[str]:
    """The tasks that patterns stand for."""
    found: dict[str, None] = {}
    for name in names:
        matches = manager.match_tasks([name])
        if not matches:
            raise UsageError(
                f"lm-eval knows no task '{name}'; 'lm-eval ls tasks' lists those it knows"
            )
        found.update(dict.fromkeys(matches))
    return list(found)


def tasks_of(found: dict[str, Any]) -> dict[str, Any]:
    """Results by task and metric, in the harness's order; filters are named with the metric."""
    counts, shots = found.get("n-samples") or {}, found.get("n-shot") or {}
    tasks = {}
    for name, own in (found.get("results") or {}).items():
        metrics: dict[str, dict[str, float | None]] = {}
        for key, value in own.items():
            metric, comma, which = key.partition(",")
            if not comma or metric.endswith(_STDERR) or not isinstance(value, int | float):
                continue
            error = own.get(f"{metric}{_STDERR},{which}")
            shown = metric if which == "none" else f"{metric} ({which})"
            metrics[shown] = {
                "value": float(value),
                "stderr": float(error) if isinstance(error, int | float) else None,
            }
        if metrics:
            number = (counts.get(name) or {}).get("effective")
            tasks[name] = {"n": number, "shots": shots.get(name), "metrics": metrics}
    return tasks
