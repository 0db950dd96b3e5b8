"""Files and URLs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lte_edit.memory.places import connected
from lte_edit.memory.sqlite.backend import SqliteBackend
from truing_core.errors import TruingError, UsageError


def test_what_is_no_url_is_a_file(tmp_path):
    for place in (tmp_path / "a.sqlite", str(tmp_path / "postgresql.sqlite")):
        backend = connected(place, create=True)
        assert isinstance(backend, SqliteBackend)
        assert backend.place == Path(place)
        backend.close()


def test_a_url_that_was_made_a_path():
    with pytest.raises(UsageError, match="a path loses one of a URL's slashes"):
        connected(Path("postgresql://host/d"), create=True)


@pytest.mark.parametrize("missing", ["psycopg", "psycopg_pool", "pgvector"])
def test_without_the_driver(monkeypatch, missing):
    pytest.importorskip("psycopg", reason="needs lte-edit[postgres]")
    for loaded in ("lte_edit.memory.postgres.backend", "pgvector.psycopg"):
        monkeypatch.delitem(sys.modules, loaded, raising=False)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(TruingError, match=r"needs: pip install 'lte-edit\[postgres\]'"):
        connected("postgresql://host/d", create=True)
