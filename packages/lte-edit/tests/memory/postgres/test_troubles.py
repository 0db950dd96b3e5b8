"""What the driver raises, in words; what can be brought about on a server is in test_backend."""

from __future__ import annotations

import pytest

pytest.importorskip("psycopg", reason="needs lte-edit[postgres]")

import psycopg
from psycopg import errors

from lte_edit.memory.postgres.address import parse
from lte_edit.memory.postgres.troubles import sentences, unreachable
from truing_core.errors import InputError, TruingError

ADDRESS = parse("postgresql://u:geheim@h/d")


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (errors.DataCorrupted("bad page"), InputError, "damaged and was left as it is"),
        (errors.IndexCorrupted("bad page"), InputError, "damaged and was left as it is"),
        (errors.DiskFull("full"), TruingError, "no space left on the server; nothing of this"),
        (errors.TooManyColumns("odd\nLINE 1"), TruingError, r"cannot be used \(odd\)$"),
        (errors.CrashShutdown("gone"), TruingError, "connection to the server was lost"),
        (psycopg.InterfaceError("closed"), TruingError, "connection to the server was lost"),
        (psycopg.DataError("not geheim"), TruingError, r"cannot be used \(not \*\*\*\)"),
    ],
)
def test_errors(error, kind, said):
    with pytest.raises(TruingError, match=said) as raised, sentences(ADDRESS):
        raise error
    assert type(raised.value) is kind
    assert str(raised.value).startswith("postgresql://u@h/d: ")


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("FATAL: sorry, too many clients already", "no connection to spare"),
        ("FATAL: the database system is starting up", "try again in a moment"),
        ("failed to resolve host 'h': nowhere", "there is no such host"),
        ("connection timeout expired", "does not answer in time"),
        ("fe_sendauth: no password supplied", "put it into ~/.pgpass or PGPASSWORD"),
        ("host geheim\n\tis odd", r"cannot be reached \(host \*\*\* is odd\)"),
    ],
)
def test_reasons(reason, said):
    error = unreachable(psycopg.OperationalError(reason), ADDRESS)
    with pytest.raises(TruingError, match=said):
        raise error
