"""Whether a run folder may go on with a config, said without opening or locking it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from truing_core.errors import InputError, ResumeError
from truing_core.files import encode_json
from truing_core.redact import guarded
from truing_core.run import JOURNAL, LOCK, MANIFEST, differences
from webr_synth.origin import read_object


def check_config(folder: Path, config: Mapping[str, Any]) -> None:
    """Says of a config what a run in this folder would say, and changes nothing.

    Args:
        folder: The run folder, which need not be there.
        config: The run's, as :meth:`truing_core.run.Run.open` takes it.

    Raises:
        ResumeError: The folder holds a run of another config or tool, or its manifest is damaged.
    """
    folder = Path(os.path.abspath(folder))
    try:
        manifest = read_object(folder / MANIFEST)
        old = manifest["config"] if manifest else None
    except (InputError, KeyError):
        raise ResumeError(
            f"'{folder / MANIFEST}' is damaged; --fresh moves the folder aside and starts over"
        ) from None
    if old is None:
        return
    if manifest.get("tool") != "webr-synth":
        raise ResumeError(
            f"'{folder}' holds a run of {manifest.get('tool')}, not of webr-synth; name another "
            "--run-dir"
        )
    found = list(differences(old, json.loads(encode_json(guarded(config)))))
    if found and _has_begun(folder, manifest):
        raise ResumeError(
            f"'{folder}' holds a run of another config ({'; '.join(found)}); "
            "use the old values, another --run-dir, or --fresh to start over"
        )


def _has_begun(folder: Path, manifest: Mapping[str, Any]) -> bool:
    """Whether a run has a stage, a file or a reply; before, it may yet become another."""
    own = {MANIFEST, LOCK, JOURNAL, f"{JOURNAL}-wal", f"{JOURNAL}-shm"}
    if manifest.get("stages") or any(path.name not in own for path in folder.iterdir()):
        return True
    if not (folder / JOURNAL).is_file():
        return False
    from truing_core.journal import Journal

    with Journal(folder / JOURNAL) as journal:
        return len(journal) > 0
