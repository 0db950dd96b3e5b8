"""From documents to rows: what was stopped where, by the summary of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from truing_core.errors import InputError
from webr_synth.origin import SUMMARY, find_run, read_object

_STAGES = ("author", "request", "response", "refine")


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the funnel.

    Attributes:
        name: Of the step.
        count: What came out of it.
        of: What went in.
        stopped: What did not come out, by reason.
        tokens: Read and written by the model.
    """

    name: str
    count: int
    of: int | None = None
    stopped: dict[str, int] = field(default_factory=dict)
    tokens: tuple[int, int] | None = None


def find_summary(data: Path, folder: Path | None) -> dict[str, Any] | None:
    """The summary of the run that wrote the data.

    Args:
        data: The data.
        folder: The run folder; by default :func:`~webr_synth.origin.find_run` looks for it.

    Raises:
        InputError: The folder that was named has none, or it cannot be read.
    """
    if folder is not None and not (folder / SUMMARY).is_file():
        raise InputError(f"there is no {SUMMARY} in it; is it a run folder?", path=folder)
    folder = folder or find_run(data)
    return read_object(folder / SUMMARY) or None if folder else None


def funnel(summary: Mapping[str, Any] | None, rows: int) -> list[Step]:
    """The steps that the summary tells of; at its end the rows that are there."""
    steps: list[Step] = []
    known = summary or {}
    documents = _mapping(known.get("documents"))
    seen = _count(documents.get("seen"))
    if seen is not None:
        skipped = _counts(documents.get("skipped"))
        steps.append(Step("documents read", seen, None, skipped))
    used = _count(documents.get("used"))
    if used is not None:
        cut = _count(documents.get("cut"))
        steps.append(Step("documents asked about", used, seen, {"cut to fit": cut} if cut else {}))
    stages = _mapping(known.get("stages"))
    for name in (*_STAGES, *(str(other) for other in stages if other not in _STAGES)):
        own = _mapping(stages.get(name))
        asked, passed = _count(own.get("asked")), _count(own.get("ok"))
        if passed is None or not (asked or own.get("failed")):
            continue
        stopped = _counts(own.get("gates"))
        if failed := _count(own.get("failed")):
            stopped["request failed"] = failed
        tokens = (_count(own.get("prompt_tokens")), _count(own.get("completion_tokens")))
        both = (tokens[0], tokens[1]) if tokens[0] is not None and tokens[1] is not None else None
        steps.append(Step(f"{name} replies", passed, asked, stopped, both))
    duplicates = _count(known.get("duplicates"))
    written = _count(known.get("written"))
    if written is not None:
        stopped = {"near-duplicate requests": duplicates} if duplicates else {}
        steps.append(Step("rows written", written, _count(known.get("wanted")), stopped))
    steps.append(Step("rows in this report", rows))
    return steps


def wanted_mix(summary: Mapping[str, Any] | None) -> dict[str, int]:
    """How many rows of each perspective the run was to write."""
    mix = _mapping((summary or {}).get("perspectives"))
    found = {str(name): _count(_mapping(own).get("wanted")) for name, own in mix.items()}
    return {name: number for name, number in found.items() if number is not None}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _counts(value: Any) -> dict[str, int]:
    found = {str(name): _count(number) for name, number in _mapping(value).items()}
    return {name.replace("_", " "): number for name, number in found.items() if number}
