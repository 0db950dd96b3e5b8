"""A folder of shards is one run's: whose it is, the shards themselves say in their metadata."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from truing_core.errors import InputError, UsageError
from truing_core.files import disk_error
from truing_core.run import MANIFEST, Run
from truing_core.terminal import tell
from webr_synth.origin import read_object

KEY = b"webr-synth run"
PARTS = "part-*"
_NAMES = "names"


def names_of(folder: Path) -> list[str]:
    """The names of the run that a run folder holds; see :func:`own_names`. None if it has none."""
    try:
        facts = read_object(folder / MANIFEST).get("facts")
    except InputError:
        return []
    names = facts.get(_NAMES) if isinstance(facts, dict) else None
    return [str(name) for name in names] if isinstance(names, list) else []


def own_names(run: Run, before: Sequence[str] = ()) -> list[str]:
    """A run's name, which its manifest keeps, then those of the runs that it took the place of.

    A name is sixteen random hex digits: runs of one config in two folders are two runs, and
    neither may write over the other's rows.

    Args:
        run: The run.
        before: The names that the folder held before the run was opened.
    """
    names: list[str] = run.facts.get(_NAMES) or []
    if not names:
        names = [os.urandom(8).hex(), *before]
        run.note(**{_NAMES: names})
    return names


def claim(output: Path, names: Sequence[str]) -> None:
    """Makes sure that a folder holds no shards but this run's.

    Shards of a run that it took the place of are moved aside with the folder, to
    ``NAME.old-YYYYmmdd-HHMMSS``.

    Args:
        output: Where the rows go; nothing is done about a file.
        names: See :func:`own_names`.

    Raises:
        UsageError: Something in it is of another run, or no shard at all.
        TruingError: The folder cannot be moved.
    """
    if not output.is_dir():
        return
    owners = {part: owned(part)[0] for part in sorted(output.glob(PARTS))}
    name, *before = names
    if owners and set(owners.values()) <= set(before):
        _move_aside(output.resolve())
        return
    for part, owner in owners.items():
        if owner != name:
            raise UsageError(
                f"-o '{output}' holds what is not of this run ({part.name}); name a new folder"
            )


def owned(part: Path) -> tuple[str, int]:
    """The run that wrote a shard, and how many rows it has; empty where it is no shard."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        found = pq.read_metadata(part)
    except (pa.ArrowException, OSError):
        return "", 0
    owner = (found.metadata or {}).get(KEY, b"")
    return str(owner.decode(errors="replace")), int(found.num_rows)


def _move_aside(folder: Path) -> None:
    aside = folder.with_name(f"{folder.name}.old-{datetime.now():%Y%m%d-%H%M%S}")
    try:
        folder.rename(aside)
        folder.mkdir()
    except OSError as error:
        raise disk_error(error, folder) from None
    tell(f"the rows of the run before are in {aside}")
