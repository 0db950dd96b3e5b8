"""The tables: made once, in the first schema of the search path, and known again by their version.

They may stand beside tables of others; a memory has a schema to itself.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import errors

from lte_edit.memory.backend import CREATED, MissingMemory
from truing_core.errors import InputError, TruingError

SCHEMA_VERSION = 1
EXTENSION = "vector"
OLDEST_EXTENSION = (0, 8)  # the first one that goes on until a filter has let enough through
# Writers of all memories of a database queue up here; readers pass.
LOCK = 0x4C544545
_FORMAT = "format"

# As in SQLite, an edit is in force while it has a period without an end. What edits are about is
# compared by a digest: an index cannot hold whole prompts. The vectors' table comes with the first
# edit, when it is known how long they are.
_TABLES = """
CREATE TABLE lte_edit_meta (key text PRIMARY KEY, value text NOT NULL);
CREATE TABLE lte_edit_change (
    id bigint PRIMARY KEY,
    kind text NOT NULL,
    time timestamptz NOT NULL,
    author text,
    note text
);
CREATE TABLE lte_edit_edit (
    number bigint PRIMARY KEY,
    id text NOT NULL UNIQUE,
    namespace text NOT NULL,
    about bytea NOT NULL,
    content text NOT NULL
);
CREATE INDEX ON lte_edit_edit (namespace, number);
CREATE INDEX ON lte_edit_edit (about);
CREATE TABLE lte_edit_period (
    edit bigint NOT NULL REFERENCES lte_edit_edit (number),
    began bigint NOT NULL REFERENCES lte_edit_change (id),
    ended bigint REFERENCES lte_edit_change (id),
    superseded_by bigint REFERENCES lte_edit_edit (number),
    PRIMARY KEY (edit, began)
);
CREATE UNIQUE INDEX ON lte_edit_period (edit) WHERE ended IS NULL;
"""


def prepare(connection: psycopg.Connection[Any], place: str, *, create: bool) -> None:
    """Finds the tables, and makes them if they may be made.

    Args:
        connection: In autocommit mode.
        place: For messages.
        create: Whether a memory may be made.

    Raises:
        MissingMemory: There is none, and none may be made.
        InputError: There are tables of those names that are no memory, or of a newer version.
        TruingError: The server lacks pgvector, or the user a right.
    """
    if has_table(connection, "lte_edit_meta"):
        _check_version(connection, place)
        return
    if not create:
        raise MissingMemory(
            "there is no memory in this database; 'memory add' makes one", path=place
        )
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        # Another process may have been faster.
        if not has_table(connection, "lte_edit_meta"):
            _check_server(connection, place)
            _make(connection, place)
    _check_version(connection, place)


def has_table(connection: psycopg.Connection[Any], name: str) -> bool:
    """Whether there is a table of that name, as of the transaction.

    A cast to regclass would ask a cache, which may not know yet what others made while this one
    waited for its turn.
    """
    query = "SELECT FROM pg_class WHERE relname = %s AND pg_table_is_visible(oid)"
    return bool(_one(connection, f"SELECT EXISTS ({query})", (name,)))


def _check_version(connection: psycopg.Connection[Any], place: str) -> None:
    try:
        version = _one(connection, "SELECT value FROM lte_edit_meta WHERE key = %s", (_FORMAT,))
    except (errors.UndefinedColumn, errors.UndefinedFunction, errors.InvalidTextRepresentation):
        version = None
    if version is None or not str(version).isdecimal():
        raise _foreign(place)
    if int(version) > SCHEMA_VERSION:
        raise InputError(
            f"the memory has format {version}, newer than the {SCHEMA_VERSION} this version reads; "
            "upgrade lte-edit",
            path=place,
        )


def _make(connection: psycopg.Connection[Any], place: str) -> None:
    try:
        connection.execute(_TABLES)
    except errors.DuplicateTable:
        raise _foreign(place) from None
    except errors.InsufficientPrivilege as error:
        raise TruingError(
            f"{place}: the user may not make tables there ({_line(error)}); the database's owner "
            "can GRANT CREATE ON SCHEMA"
        ) from error
    facts = ((_FORMAT, str(SCHEMA_VERSION)), (CREATED, datetime.now(UTC).isoformat()))
    for fact in facts:
        connection.execute("INSERT INTO lte_edit_meta VALUES (%s, %s)", fact)


def _check_server(connection: psycopg.Connection[Any], place: str) -> None:
    encoding = _one(connection, "SHOW server_encoding")
    if encoding != "UTF8":
        raise TruingError(
            f"{place}: the database stores text as {encoding}; make one with encoding UTF8"
        )
    if _one(connection, "SELECT current_schema() IS NULL"):
        raise TruingError(
            f"{place}: search_path names no schema that is there; make it, or name another"
        )
    version = _version(connection)
    if version is None:
        _extend(connection, place)
        version = _version(connection)
    if tuple(map(int, str(version).split(".")[:2])) < OLDEST_EXTENSION:
        raise TruingError(
            f"{place}: pgvector is {version}, and 0.8 or newer is needed; install it on the "
            "server, then: ALTER EXTENSION vector UPDATE"
        )
    if _one(connection, "SELECT to_regtype('vector') IS NULL"):
        raise TruingError(
            f"{place}: pgvector is in a schema that search_path does not name; name it there"
        )


def _extend(connection: psycopg.Connection[Any], place: str) -> None:
    try:
        with connection.transaction():
            # Where other memories of the database find it, too.
            public = _one(connection, "SELECT 'public' = ANY (current_schemas(false))")
            where = " SCHEMA public" if public else ""
            connection.execute(f"CREATE EXTENSION {EXTENSION}{where}")
    except errors.InsufficientPrivilege:
        raise TruingError(
            f"{place}: the user may not make extensions; let an administrator run there: CREATE "
            "EXTENSION vector"
        ) from None
    except (errors.FeatureNotSupported, errors.UndefinedFile):
        raise TruingError(
            f"{place}: the server has no pgvector; install it there (Debian: "
            "postgresql-NN-pgvector)"
        ) from None


def _version(connection: psycopg.Connection[Any]) -> str | None:
    query = "SELECT extversion FROM pg_extension WHERE extname = %s"
    version = _one(connection, query, (EXTENSION,))
    return None if version is None else str(version)


def _foreign(place: str) -> InputError:
    return InputError(
        "there are tables named lte_edit_… that are no edit memory; name another database",
        path=place,
    )


def _line(error: psycopg.Error) -> str:
    return str(error).partition("\n")[0]


def _one(connection: psycopg.Connection[Any], query: str, values: tuple[Any, ...] = ()) -> Any:
    row = connection.execute(query, values).fetchone()
    return None if row is None else row[0]
