"""A memory's database as threads share it: a pool, whole transactions, troubles in words."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

import psycopg
from pgvector.psycopg import register_vector
from psycopg_pool import ConnectionPool, PoolTimeout
from pydantic import ValidationError

from lte_edit.memory.backend import Store
from lte_edit.memory.postgres.address import Address, parse
from lte_edit.memory.postgres.nearest import Search
from lte_edit.memory.postgres.schema import LOCK, prepare
from lte_edit.memory.postgres.store import PostgresStore
from lte_edit.memory.postgres.troubles import BUSY_SECONDS, damaged, sentences, unreachable
from lte_edit.memory.postgres.vectors import EXACT_UP_TO, Known, VectorTable
from truing_core.errors import TruingError

_CONNECTIONS = 8
_WAIT_SECONDS = 10.0  # for one of them

# What was read first is read until the end. The lock is no query: what is seen is as of after it,
# so that whoever has to wait for new vectors sees them. Compiling a query would take longer than
# most searches.
_READING = """
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL jit = off;
LOCK TABLE lte_edit_meta IN ACCESS SHARE MODE
"""
# Each statement sees what the writer before has kept. What was acknowledged must survive the
# machine, even where the server does not wait for its disk by default.
_WRITING = f"""
BEGIN ISOLATION LEVEL READ COMMITTED;
SET LOCAL lock_timeout = '{BUSY_SECONDS}s';
SELECT set_config('synchronous_commit', 'on', true)
    WHERE current_setting('synchronous_commit') = 'off';
SELECT pg_advisory_xact_lock({LOCK})
"""

# The pool tells the log of each failed attempt; what comes of them is raised anyway.
logging.getLogger("psycopg").addHandler(logging.NullHandler())


class PostgresBackend:
    """As :class:`~lte_edit.memory.backend.Backend`.

    Args:
        url: ``postgresql://USER@HOST/DATABASE``; what it leaves out libpq finds as it always does.
        create: Whether the tables are made where there are none.
        exact_up_to: Vectors of a namespace that are compared one by one.

    Raises:
        MissingMemory: There are no tables.
        InputError: They are no memory's, or of a newer version.
        UsageError: The URL cannot be read.
        TruingError: The server cannot be reached, lacks pgvector, or the user lacks a right.
    """

    def __init__(self, url: str, *, create: bool, exact_up_to: int | None = None) -> None:
        self._address = parse(url)
        self.place = self._address.place
        self._exact_up_to = EXACT_UP_TO if exact_up_to is None else exact_up_to
        self._known = Known()
        # Threads that wait to write must not take all connections from those that read.
        self._writer = threading.Lock()
        # One by hand first: it says at once why there is none, and the pool only after a while.
        with _connected(self._address) as connection, sentences(self._address):
            prepare(connection, self.place, create=create)
        self._pool = ConnectionPool(
            kwargs={**self._address.options, "autocommit": True},
            min_size=0,
            max_size=_CONNECTIONS,
            open=True,
            configure=register_vector,
            check=self._check,
            timeout=_WAIT_SECONDS,
            reconnect_timeout=_WAIT_SECONDS,
        )

    def reading(self) -> AbstractContextManager[Store]:
        return self._whole(_READING)

    @contextmanager
    def writing(self) -> Iterator[Store]:
        with self._writer, self._whole(_WRITING) as store:
            yield store

    @contextmanager
    def _whole(self, begin: str) -> Iterator[Store]:
        with sentences(self._address), self._connection() as connection:
            try:
                connection.execute(begin, prepare=False)  # several statements, so never prepared
                table = VectorTable(connection, self._exact_up_to, self._known)
                yield PostgresStore(connection, table, Search(connection, table))
                connection.execute("COMMIT")
            except BaseException as error:
                with suppress(psycopg.Error):  # a lost connection has nothing to take back
                    connection.execute("ROLLBACK")
                if isinstance(error, ValidationError):  # of a stored edit
                    raise damaged(self._address) from error
                raise

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Any]]:
        try:
            connection = self._pool.getconn()
        except PoolTimeout:
            _connected(self._address).close()  # raises what is the matter with the server
            raise TruingError(
                f"{self.place}: all {_CONNECTIONS} connections have been busy for "
                f"{self._pool.timeout:.0f} s; try again later"
            ) from None
        try:
            yield connection
        finally:
            self._pool.putconn(connection)

    def _check(self, connection: psycopg.Connection[Any]) -> None:
        try:
            ConnectionPool.check_connection(connection)
        except psycopg.Error:
            # If the server was restarted, the others are no better: with all gone at once, nobody
            # has to find that out one by one, after ever longer waits.
            self._pool.check()
            raise

    def close(self) -> None:
        self._pool.close()


def _connected(address: Address) -> psycopg.Connection[Any]:
    try:
        return psycopg.connect(**address.options, autocommit=True)
    except psycopg.Error as error:
        raise unreachable(error, address) from None
