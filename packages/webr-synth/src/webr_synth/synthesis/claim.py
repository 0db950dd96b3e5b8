"""A folder of shards is one run's: whose it is, the shards themselves say in their metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from truing_core.errors import InputError, UsageError
from truing_core.files import disk_error, encode_json
from truing_core.redact import guarded
from truing_core.run import MANIFEST
from truing_core.terminal import tell
from webr_synth.origin import read_object

KEY = b"webr-synth run"
PARTS = "part-*"


def run_name(config: Mapping[str, Any]) -> str:
    """Sixteen hex digits of a run's config: the same for runs that make the same rows."""
    plain = json.loads(encode_json(guarded(config)))
    return sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:16]


def earlier_name(folder: Path) -> str | None:
    """The name of the run that a run folder holds; ``None`` where none can be read."""
    try:
        config = read_object(folder / MANIFEST).get("config")
    except InputError:
        return None
    return run_name(config) if isinstance(config, dict) else None


def claim(output: Path, name: str, before: str | None = None) -> None:
    """Makes sure that a folder holds no shards but this run's.

    Args:
        output: Where the rows go; nothing is done about a file.
        name: The run's.
        before: The run that starts over with this one: its shards are moved aside with the
            folder, to ``NAME.old-YYYYmmdd-HHMMSS``.

    Raises:
        UsageError: Something in it is of another run, or no shard at all.
        TruingError: The folder cannot be moved.
    """
    if not output.is_dir():
        return
    owners = {part: _owner(part) for part in sorted(output.glob(PARTS))}
    if owners and set(owners.values()) == {before}:
        _move_aside(output.resolve())
        return
    for part, owner in owners.items():
        if owner != name:
            raise UsageError(
                f"-o '{output}' holds what is not of this run ({part.name}); name a new folder"
            )


def _owner(part: Path) -> str:
    """The run that wrote a shard; empty where it is no shard."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_schema(part).metadata or {}
    except (pa.ArrowException, OSError):
        return ""
    return str(metadata.get(KEY, b"").decode(errors="replace"))


def _move_aside(folder: Path) -> None:
    aside = folder.with_name(f"{folder.name}.old-{datetime.now():%Y%m%d-%H%M%S}")
    try:
        folder.rename(aside)
        folder.mkdir()
    except OSError as error:
        raise disk_error(error, folder) from None
    tell(f"the rows of the run before are in {aside}")
