"""The file: its schema, how it is opened, and SQLite's troubles as sentences."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from lte_edit.memory.backend import MissingMemory
from truing_core.errors import InputError, TruingError

SCHEMA_VERSION = 1
_APPLICATION_ID = 0x4C544545
_BUSY_SECONDS = 30.0

# An edit is in force while it has a period without an end. Taking it out, replacing it and rolling
# back only end and begin periods, so that history is never lost. Vectors are too long for a table
# without row ids, which would spend a page on each.
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE change (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    time TEXT NOT NULL,
    author TEXT,
    note TEXT
) STRICT;
CREATE TABLE edit (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    namespace TEXT NOT NULL,
    subject_key TEXT NOT NULL,
    prompt_key TEXT NOT NULL,
    content TEXT NOT NULL
) STRICT;
CREATE INDEX edit_namespace ON edit (namespace);
CREATE INDEX edit_key ON edit (namespace, subject_key, prompt_key);
CREATE TABLE period (
    edit INTEGER NOT NULL REFERENCES edit (number),
    began INTEGER NOT NULL REFERENCES change (id),
    ended INTEGER REFERENCES change (id),
    superseded_by INTEGER REFERENCES edit (number),
    PRIMARY KEY (edit, began)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX period_open ON period (edit) WHERE ended IS NULL;
CREATE INDEX period_began ON period (began);
CREATE INDEX period_ended ON period (ended) WHERE ended IS NOT NULL;
CREATE TABLE vector (
    edit INTEGER NOT NULL REFERENCES edit (number),
    part INTEGER NOT NULL,
    embedding BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX vector_part ON vector (edit, part);
"""


def connect(path: Path, *, create: bool) -> sqlite3.Connection:
    """Opens a memory's file, and makes it if it may.

    Args:
        path: The file.
        create: Whether a missing or empty file may become a memory.

    Raises:
        MissingMemory: There is no such file, or it is empty, and none may be made.
        InputError: It is none of ours, damaged, or of a newer version. It is left as it is.
        TruingError: It cannot be opened or written.
    """
    if path.is_dir():
        raise InputError("is a folder; name a file", path=path)
    if not create and not path.is_file():
        raise MissingMemory("there is no such memory; 'memory add' makes one", path=path)
    with sentences(path):
        database = sqlite3.connect(
            path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
    try:
        with sentences(path):
            _prepare(database, path, create)
    except BaseException:
        database.close()
        raise
    return database


def _prepare(database: sqlite3.Connection, path: Path, create: bool) -> None:
    with reading(database):  # as one state: another process may be making the memory now
        (application,) = database.execute("PRAGMA application_id").fetchone()
        (version,) = database.execute("PRAGMA user_version").fetchone()
        (tables,) = database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if application != _APPLICATION_ID and (tables or application):
        raise InputError("this SQLite file is no edit memory; name another file", path=path)
    if version > SCHEMA_VERSION:
        raise InputError(
            f"the memory has format {version}, newer than the {SCHEMA_VERSION} this version reads; "
            "upgrade lte-edit",
            path=path,
        )
    if not tables and not create:
        raise MissingMemory("the file is empty; 'memory add' makes a memory of it", path=path)
    database.execute("PRAGMA journal_mode=WAL")
    # What was acknowledged must survive the machine, not only the process.
    database.execute("PRAGMA synchronous=FULL")
    database.execute("PRAGMA foreign_keys=ON")
    if tables:
        (sound,) = database.execute("PRAGMA quick_check(1)").fetchone()
        if sound != "ok":
            raise damaged(path)
        return
    with writing(database):
        # Another process may have been faster.
        if not database.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            for statement in _SCHEMA.split(";\n"):
                database.execute(statement)
            created = datetime.now(UTC).isoformat()
            database.execute("INSERT INTO meta VALUES ('created', ?)", (created,))
            database.execute(f"PRAGMA application_id={_APPLICATION_ID}")
            database.execute(f"PRAGMA user_version={SCHEMA_VERSION}")


@contextmanager
def writing(database: sqlite3.Connection) -> Iterator[None]:
    """One transaction that has the file to itself; all of it is kept, or nothing."""
    with _transaction(database, "BEGIN IMMEDIATE"):
        yield


@contextmanager
def reading(database: sqlite3.Connection) -> Iterator[None]:
    """Several questions to one state of the file, whatever others write meanwhile."""
    with _transaction(database, "BEGIN"):
        yield


@contextmanager
def _transaction(database: sqlite3.Connection, begin: str) -> Iterator[None]:
    database.execute(begin)
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


@contextmanager
def sentences(path: Path) -> Iterator[None]:
    """Puts what SQLite raises into words."""
    try:
        yield
    except sqlite3.Error as error:
        raise _explained(error, path) from error


def damaged(path: Path) -> InputError:
    """What is said of a file whose content cannot be."""
    return InputError(
        "the memory is damaged and was left as it is; move it aside and import an export",
        path=path,
    )


def _explained(error: sqlite3.Error, path: Path) -> TruingError:
    name = getattr(error, "sqlite_errorname", "")
    if name == "SQLITE_NOTADB":
        return InputError("this is no SQLite file, so no edit memory", path=path)
    if name.startswith("SQLITE_CORRUPT"):
        return damaged(path)
    if name.startswith("SQLITE_CANTOPEN"):
        return TruingError(
            f"{path}: cannot be opened; check that its folder exists and is writable"
        )
    if name.startswith("SQLITE_READONLY"):
        return TruingError(f"{path}: the memory is read-only; make it and its folder writable")
    if name == "SQLITE_FULL":
        return TruingError(f"{path}: no space left on device; nothing of this change was kept")
    if name.startswith("SQLITE_IOERR"):
        return TruingError(
            f"{path}: the disk fails ({error}); check its space, quota and health; nothing of "
            "this change was kept"
        )
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return TruingError(
            f"{path}: another process has been writing for {_BUSY_SECONDS:.0f} s; try again later"
        )
    return TruingError(f"{path}: the memory cannot be used ({error})")
