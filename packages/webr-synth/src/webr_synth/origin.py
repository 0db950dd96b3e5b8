"""The run that wrote a data set: which folder is its own, and what it noted there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truing_core.errors import InputError
from truing_core.run import MANIFEST

SUMMARY = "summary.json"
_TOOL = "webr-synth"


def find_run(data: Path) -> Path | None:
    """The run folder of rows: the one they lie in, else the latest whose summary names them.

    Run folders are looked for in ``runs/`` here, and beside the rows.

    Args:
        data: A file of rows, or a folder of shards.

    Raises:
        InputError: What lies beside the rows is damaged.
    """
    for folder in (data, data.parent):
        noted = read_noted(folder)
        output = noted.output
        # Another run's numbers would be worse than none. Rows may have moved since.
        named = output is None or output.name in (data.name, data.resolve().name)
        if noted.is_ours and named:
            return folder
    latest: tuple[float, str, Path] | None = None
    for summary in {*Path("runs").glob(f"*/{SUMMARY}"), *data.parent.glob(f"*/{SUMMARY}")}:
        try:
            noted = read_noted(summary.parent)
        except InputError:  # nobody named it
            continue
        if noted.is_ours and noted.output and noted.output.resolve() == data.resolve():
            found = (summary.stat().st_mtime, str(summary), summary.parent)
            latest = max(latest or found, found)
    return latest and latest[2]


@dataclass(frozen=True)
class Noted:
    """What a run has left in its folder.

    Attributes:
        run: ``run.json``; empty where it is not there.
        summary: ``summary.json``; empty where it is not there.
    """

    run: dict[str, Any]
    summary: dict[str, Any]

    @property
    def tool(self) -> str:
        """Whose run it is."""
        return str(self.run.get("tool", _TOOL))

    @property
    def is_ours(self) -> bool:
        """Whether there is anything, and of this tool."""
        return bool(self.run or self.summary) and self.tool == _TOOL

    @property
    def output(self) -> Path | None:
        """The rows, as the summary names them."""
        output = self.summary.get("output")
        return Path(output) if isinstance(output, str) else None


def read_noted(folder: Path) -> Noted:
    """Reads what a run has left in its folder.

    Raises:
        InputError: A file is damaged.
    """
    return Noted(read_object(folder / MANIFEST), read_object(folder / SUMMARY))


def read_object(path: Path) -> dict[str, Any]:
    """A JSON object; empty where there is no such file.

    Raises:
        InputError: It cannot be read, or is something else.
    """
    try:
        found = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {' '.join(str(error).split())}", path=path) from None
    if not isinstance(found, dict):
        raise InputError("expected a JSON object", path=path)
    return found
