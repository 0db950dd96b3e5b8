"""What goes wrong with a server, as sentences that say what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from lte_edit.memory.postgres.address import Address
from truing_core.errors import InputError, TruingError

BUSY_SECONDS = 30

_NOT_REACHED = (
    ("password authentication failed", "the server does not take this user and password; "
     "libpq's PGPASSWORD and ~/.pgpass are read, too"),
    ("no password supplied", "the server wants a password; put it into ~/.pgpass or PGPASSWORD"),
    ("connection refused", "no server answers there; start it, or mend the URL"),
    ("no such file or directory", "no server answers there; start it, or mend the URL"),
    ("failed to resolve host", "there is no such host; mend the URL"),
    ("timeout expired", "the server does not answer in time; mend the URL, or try again later"),
    ("too many clients", "the server has no connection to spare; try again later"),
    ("starting up", "the server is starting; try again in a moment"),
    ("shutting down", "the server is shutting down; try again later"),
)  # fmt: skip


@contextmanager
def sentences(address: Address) -> Iterator[None]:
    """Puts what the driver raises into words."""
    try:
        yield
    except psycopg.Error as error:
        raise _explained(error, address) from error


def unreachable(error: psycopg.Error, address: Address) -> TruingError:
    """What is said if there is no connection to be had; servers may say it in other languages."""
    reason = address.without_password(" ".join(str(error).split()))
    lower = reason.lower()
    if "database" in lower and "does not exist" in lower:
        return TruingError(f"{address.place}: there is no such database; createdb makes one")
    for sign, said in _NOT_REACHED:
        if sign in lower:
            return TruingError(f"{address.place}: {said}")
    return TruingError(f"{address.place}: the server cannot be reached ({reason})")


def damaged(address: Address) -> InputError:
    """What is said of tables whose content cannot be."""
    return InputError(
        "the memory is damaged and was left as it is; restore a backup, or import an export into "
        "another database",
        path=address.place,
    )


def _explained(error: psycopg.Error, address: Address) -> TruingError:
    place = address.place
    reason = address.without_password(str(error).strip().partition("\n")[0])
    match error:
        case errors.DataCorrupted() | errors.IndexCorrupted():
            return damaged(address)
        case errors.LockNotAvailable():
            said = f"another process has been writing for {BUSY_SECONDS} s; try again later"
        case errors.DiskFull():
            said = "no space left on the server; nothing of this change was kept"
        case errors.InsufficientPrivilege():
            said = f"the user may not do this ({reason}); the tables' owner can GRANT it"
        case errors.ReadOnlySqlTransaction():
            said = "the server takes no changes, as a standby does not; name the primary"
        case errors.UndefinedTable() | errors.UndefinedColumn():
            said = f"the memory's tables are not as they were made ({reason}); restore a backup"
        case errors.QueryCanceled():
            said = f"the server broke this off ({reason}); nothing of it was kept"
        case psycopg.OperationalError() | psycopg.InterfaceError() if _is_lost(error):
            said = (
                "the connection to the server was lost; 'memory history' shows whether a change "
                "was kept"
            )
        case _:
            said = f"the memory cannot be used ({reason})"
    return TruingError(f"{place}: {said}")


def _is_lost(error: psycopg.Error) -> bool:
    """Whether there is no connection any more: a broken one has no code, or one of these."""
    return error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))
