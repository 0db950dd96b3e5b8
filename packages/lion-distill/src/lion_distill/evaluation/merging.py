"""Benchmarks of a loop's student, put where the report of its run finds them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lion_distill.workspace import Iteration
from truing_core.files import write_json
from truing_core.models import ModelSpec
from truing_core.run import MANIFEST


def iteration_of(spec: str) -> Iteration | None:
    """The iteration whose student a spec names; ``None`` if it is in no run of this tool."""
    folder = Path(os.path.expanduser(ModelSpec.parse(spec).name)).resolve()
    if folder.name == "merged":
        folder = folder.parent
    number = folder.parent.name.removeprefix("iteration-")
    at = Iteration(folder.parent.parent, int(number) if number.isdecimal() else 0)
    try:
        tool = json.loads((at.root / MANIFEST).read_bytes())["tool"]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return at if folder == at.student and tool == "lion-distill" else None


def merge(at: Iteration, found: Mapping[str, Any], *, again: bool = False) -> None:
    """Adds results to those that are there of this student; of a task the last ones count.

    They lie beside the student, so that one that is trained anew has none.

    Args:
        at: The student's iteration.
        found: As :func:`~lion_distill.evaluation.harness.run_harness` gives them.
        again: They are not new: what is there may be newer, and stays.
    """
    try:
        before = dict(json.loads(at.benchmarks.read_bytes())["tasks"])
    except (OSError, ValueError, LookupError, TypeError):
        before = {}
    new = {name: own for name, own in found["tasks"].items() if not (again and name in before)}
    if new:
        write_json(at.benchmarks, {**found, "tasks": {**before, **new}})
