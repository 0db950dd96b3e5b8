"""SQLite's troubles as sentences a user can act on."""

from __future__ import annotations

import sqlite3

from truing_core.errors import InputError, TruingError


def explain(error: sqlite3.Error, path: str, kept: int | None) -> TruingError:
    """The error to raise for a journal at ``path`` that holds ``kept`` replies, if known."""
    name = getattr(error, "sqlite_errorname", "")
    replies = "" if kept is None else f": {kept} replies are kept"
    if name in ("SQLITE_NOTADB", "SQLITE_FORMAT"):
        return InputError("this is no SQLite file, so no journal; name another file", path=path)
    if name.startswith("SQLITE_CORRUPT"):
        return InputError(
            "the journal is damaged; move it aside and run the same command again", path=path
        )
    if name == "SQLITE_FULL":
        return TruingError(
            f"{path}: no space left on device while journaling; free some, then run the same "
            f"command again{replies}"
        )
    if name.startswith("SQLITE_IOERR"):
        return TruingError(
            f"{path}: the disk fails while journaling ({error}); check its space, quota and "
            f"health, then run the same command again{replies}"
        )
    if name.startswith("SQLITE_READONLY"):
        return TruingError(
            f"{path}: the journal is read-only; make it and its folder writable, then run the "
            f"same command again{replies}"
        )
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return TruingError(
            f"{path}: another process is writing this journal; wait for it to end, then run the "
            "same command again"
        )
    if name.startswith("SQLITE_CANTOPEN"):
        return TruingError(
            f"{path}: the journal cannot be opened; check that the folder exists and is writable"
        )
    return TruingError(f"{path}: the journal cannot be used ({error})")
