"""``run.json`` as a report reads it: without a lock, and whatever the run has come to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truing_core.errors import InputError
from truing_core.run import MANIFEST

_TOOL = "lion-distill"


@dataclass(frozen=True)
class Manifest:
    """What a run folder says of itself.

    Attributes:
        root: The folder.
        config: What changes results.
        facts: What was noted on the way.
        stages: What was recorded of each stage that is done, by its name.
        created: When the run was begun; empty if unknown.
        updated: When it last said something.
        versions: Of the tool and its core.
    """

    root: Path
    config: Mapping[str, Any]
    facts: Mapping[str, Any]
    stages: Mapping[str, Mapping[str, Any]]
    created: str
    updated: str
    versions: Mapping[str, Any]

    def stage(self, iteration: int, name: str) -> Mapping[str, Any] | None:
        """What was recorded of a stage; ``None`` if it is not done."""
        return self.stages.get(f"iteration-{iteration}/{name}")

    def models(self) -> dict[str, str]:
        """Which model is in which role."""
        noted = mapping(self.facts.get("models"))
        if noted:
            return {str(role): str(spec) for role, spec in noted.items()}
        found = {}
        for role in ("teacher", "student", "referee", "generator"):
            own = mapping(self.config.get(role))
            name = own.get("model") or own.get("base") or own.get("kind")
            if isinstance(name, str):
                found[role] = name
        return found


def read_manifest(root: Path) -> Manifest:
    """Reads it.

    Raises:
        InputError: The folder holds no run of this tool, or its manifest is damaged.
    """
    path = root / MANIFEST
    try:
        content = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(
            f"holds no {MANIFEST}; name the folder of a run of {_TOOL}", path=root
        ) from None
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {' '.join(str(error).split())}", path=path) from None
    if not isinstance(content, dict) or content.get("tool") != _TOOL:
        other = content.get("tool") if isinstance(content, dict) else None
        of = f"holds a run of {other}, not of {_TOOL}" if other else "is no manifest of a run"
        raise InputError(of, path=path)
    stages = mapping(content.get("stages"))
    return Manifest(
        root,
        mapping(content.get("config")),
        mapping(content.get("facts")),
        {str(name): mapping(facts) for name, facts in stages.items()},
        str(content.get("created") or ""),
        str(content.get("updated") or ""),
        mapping(content.get("versions")),
    )


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def number(value: Any) -> float | None:
    """The value if it is a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if value == value and abs(value) != float("inf") else None
