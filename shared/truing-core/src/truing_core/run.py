"""A run folder: what was asked for, how far it came, and the replies that were paid for.

    with Run.open(folder, tool="followbench", version=__version__, config=config) as run:
        model = JournaledModel(load_model(spec), run.journal)
        ...
        write_rows(run.path("generations.jsonl"), rows)
        run.stage_done("generate", rows=len(rows))

The same config on the same folder goes on where it stopped; another config is refused with the
differences shown, unless nothing has come of the run yet. ``config`` therefore holds what
changes results and nothing else (no concurrency, no verbosity).
"""

from __future__ import annotations

import contextlib
import copy
import json
import os
import platform
import random
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from truing_core.__about__ import __version__ as core_version
from truing_core.errors import ResumeError
from truing_core.files import disk_error, encode_json, write_json
from truing_core.redact import guarded

if TYPE_CHECKING:
    from filelock import BaseFileLock

    from truing_core.journal import Journal

MANIFEST, JOURNAL, LOCK = "run.json", "journal.sqlite", "run.lock"


class Run:
    """An open run folder, locked against other processes; made by :meth:`open`.

    Attributes:
        folder: Where everything of the run lies.
        config: What the run was started with, without secrets.
    """

    def __init__(self, folder: Path, manifest: dict[str, Any], lock: BaseFileLock) -> None:
        self.folder = folder
        self.config: dict[str, Any] = manifest["config"]
        self._manifest, self._lock = manifest, lock
        self._journal: Journal | None = None
        self._guard = threading.RLock()

    @classmethod
    def open(
        cls,
        folder: str | Path,
        *,
        tool: str,
        version: str,
        config: Mapping[str, Any],
        fresh: bool = False,
        extend: bool = False,
    ) -> Run:
        """Starts a run in a folder, or goes on with the one that is there.

        Args:
            folder: Made if it is missing.
            tool: The tool's name.
            version: The tool's version.
            config: Everything that changes results, JSON-like. Secrets in it are blanked.
            fresh: Start over; an earlier run is moved to ``NAME.old-YYYYmmdd-HHMMSS``.
            extend: Take ``config`` for the sections one stage knows of: top-level entries that
                only the folder or only ``config`` has are kept, not refused.

        Raises:
            ResumeError: The folder is in use, holds a run of another config or tool, holds
                something else, or cannot be written.
        """
        folder = Path(os.path.abspath(folder))
        wanted = json.loads(encode_json(guarded(config)))
        lock = _locked(folder)
        try:
            manifest = _read_manifest(folder, tool, fresh)
            if fresh and (folder / MANIFEST).exists():
                lock = _moved_aside(folder, lock)
                manifest = None
            if manifest is None:
                manifest = {"tool": tool, "created": _now(), "config": wanted}
            elif _is_another(folder, manifest, wanted, extend=extend):
                manifest.update(config=wanted, facts={})
            elif extend:
                manifest["config"].update(wanted)
            versions = {
                tool: version,
                "truing-core": core_version,
                "python": platform.python_version(),
            }
            if (before := manifest.get("versions", versions)) != versions:
                manifest.setdefault("earlier_versions", []).append(before)
            manifest.update(versions=versions, pid=os.getpid())
            manifest.setdefault("stages", {})
            manifest.setdefault("facts", {})
            run = cls(folder, manifest, lock)
            run._save()
        except BaseException:
            lock.release()
            raise
        return run

    def path(self, *parts: str) -> Path:
        """A place inside the run folder."""
        return self.folder.joinpath(*parts)

    @property
    def journal(self) -> Journal:
        """The replies of this run, opened at first use and closed with the run."""
        with self._guard:
            if self._journal is None:
                from truing_core.journal import Journal

                self._journal = Journal(self.folder / JOURNAL)
            return self._journal

    @property
    def facts(self) -> dict[str, Any]:
        """A copy of what was noted so far."""
        with self._guard:
            return copy.deepcopy(self._manifest["facts"])

    def stage(self, name: str) -> dict[str, Any] | None:
        """What was recorded when a stage was done (``done``: the time, and its facts)."""
        with self._guard:
            facts: dict[str, Any] | None = self._manifest["stages"].get(name)
            return copy.deepcopy(facts)

    def stage_done(self, name: str, **facts: Any) -> None:
        """Records that a stage is done; a second time replaces the first."""
        with self._guard:
            self._manifest["stages"][name] = {"done": _now(), **guarded(facts)}
            self._save()

    def note(self, **facts: Any) -> None:
        """Records facts for provenance: model ids, prompt hashes, counts. Later ones win."""
        with self._guard:
            self._manifest["facts"].update(guarded(facts))
            self._save()

    def close(self) -> None:
        """Closes the journal and lets other processes in; may be called twice."""
        with self._guard:
            if self._journal is not None:
                self._journal.close()
                self._journal = None
            self._lock.release()

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _save(self) -> None:
        self._manifest["updated"] = _now()
        write_json(self.folder / MANIFEST, self._manifest)


def check_config(folder: str | Path, *, tool: str, config: Mapping[str, Any]) -> None:
    """Says of a config what :meth:`Run.open` would say; opens, locks and changes nothing.

    Args:
        folder: The run folder, which need not be there.
        tool: The tool's name.
        config: As :meth:`Run.open` takes it.

    Raises:
        ResumeError: The folder holds a run of another config or tool, something else, or cannot
            be read.
    """
    folder = Path(os.path.abspath(folder))
    manifest = _read_manifest(folder, tool, fresh=False)
    if manifest is not None:
        _is_another(folder, manifest, json.loads(encode_json(guarded(config))))


def _is_another(
    folder: Path, manifest: Mapping[str, Any], wanted: Any, *, extend: bool = False
) -> bool:
    """Whether a run that came to nothing has another config than is wanted; others refuse."""
    found = list(differences(manifest["config"], wanted, extend=extend))
    if found and not _came_to_nothing(folder, manifest):
        raise ResumeError(
            f"'{folder}' holds a run of another config ({'; '.join(found)}); "
            "use the old values, another --run-dir, or --fresh to start over"
        )
    return bool(found)


def _locked(folder: Path) -> BaseFileLock:
    from filelock import FileLock, Timeout

    if folder.exists() and not folder.is_dir():
        raise ResumeError(f"'{folder}' is a file; name a folder with --run-dir")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK, timeout=0, thread_local=False)
        lock.acquire()
    except Timeout:
        raise ResumeError(
            f"'{folder}' is in use by {_holder(folder)}; wait for it, or name another --run-dir"
        ) from None
    except OSError as error:
        raise ResumeError(f"cannot work in the run folder: {disk_error(error, folder)}") from None
    return lock


def _holder(folder: Path) -> str:
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        return f"process {json.loads((folder / MANIFEST).read_bytes())['pid']}"
    return "another process"


def _read_manifest(folder: Path, tool: str, fresh: bool) -> dict[str, Any] | None:
    try:
        manifest: Any = json.loads((folder / MANIFEST).read_bytes())
        if not isinstance(manifest, dict) or not isinstance(manifest.get("config"), dict):
            raise ValueError("no run manifest")
    except FileNotFoundError:
        if (folder / JOURNAL).exists():
            raise ResumeError(
                f"'{folder}' holds a journal but no {MANIFEST}, so nobody knows what was asked; "
                "name another --run-dir"
            ) from None
        return None
    except OSError as error:
        raise ResumeError(f"cannot work in the run folder: {disk_error(error, folder)}") from None
    except ValueError:
        if fresh:
            return None
        raise ResumeError(
            f"'{folder / MANIFEST}' is damaged; --fresh moves the folder aside and starts over"
        ) from None
    if manifest.get("tool") != tool:
        raise ResumeError(
            f"'{folder}' holds a run of {manifest.get('tool')}, not of {tool}; name another "
            "--run-dir"
        )
    return dict(manifest)


def _moved_aside(folder: Path, lock: BaseFileLock) -> BaseFileLock:
    """Renames the folder and locks a new one in its place."""
    stem = f"{folder.name}.old-{datetime.now():%Y%m%d-%H%M%S}"
    old = folder.with_name(stem)
    count = 1
    while old.exists():
        count += 1
        old = folder.with_name(f"{stem}-{count}")
    if os.name == "nt":  # Windows renames no folder that holds an open file
        lock.release()
    try:
        folder.rename(old)
    except OSError as error:
        raise ResumeError(f"cannot move '{folder}' aside: {disk_error(error, folder)}") from None
    lock.release()
    return _locked(folder)


def _came_to_nothing(folder: Path, manifest: Mapping[str, Any]) -> bool:
    """Whether a run has no stage, no file and no reply yet, as after a mistyped model."""
    own = {MANIFEST, LOCK, JOURNAL, f"{JOURNAL}-wal", f"{JOURNAL}-shm"}
    if manifest.get("stages") or any(path.name not in own for path in folder.iterdir()):
        return False
    if not (folder / JOURNAL).exists():
        return True
    from truing_core.journal import Journal

    with Journal(folder / JOURNAL) as journal:
        return len(journal) == 0


def differences(old: Any, new: Any, key: str = "", *, extend: bool = False) -> Iterator[str]:
    """What differs between two configurations, each as ``name: old → new``.

    Args:
        old: JSON-like.
        new: JSON-like.
        key: Where in a larger one they stand.
        extend: Leave out what only one of them has.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        for name in [*old, *(name for name in new if name not in old)]:
            if extend and (name not in old or name not in new):
                continue
            inner = f"{key}.{name}" if key else name
            yield from differences(old.get(name, _UNSET), new.get(name, _UNSET), inner)
    elif old != new or isinstance(old, bool) is not isinstance(new, bool):
        yield f"{key}: {_shown(old)} → {_shown(new)}"


_UNSET = object()


def _shown(value: Any) -> str:
    if value is _UNSET:
        return "(not set)"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def rng(seed: int, row_id: str, purpose: str) -> random.Random:
    """The random generator of one choice, whatever the order in which choices are made.

    It is ``random.Random(n)``, where n is the SHA-256 digest of the compact JSON list
    ``[seed, row_id, purpose]`` in UTF-8 (non-ASCII characters as they are), read big-endian.

    Args:
        seed: The run's seed.
        row_id: The stable id of the row the choice is about.
        purpose: What is chosen, so that two choices about a row are independent.
    """
    key = json.dumps([seed, row_id, purpose], ensure_ascii=False, separators=(",", ":"))
    digest = sha256(key.encode("utf-8", errors="surrogatepass")).digest()
    return random.Random(int.from_bytes(digest, "big"))
