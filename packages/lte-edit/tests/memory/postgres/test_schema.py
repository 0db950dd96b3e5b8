"""The tables: who may make them, and what is said if they cannot be made or are not ours."""

from __future__ import annotations

import pytest

pytest.importorskip("psycopg", reason="needs lte-edit[postgres]")

from lte_edit.memory import EditMemory
from lte_edit.memory.backend import MissingMemory
from lte_edit.memory.postgres import schema
from truing_core.errors import InputError, TruingError

TABLES = "SELECT relname::text FROM pg_class WHERE relname LIKE 'lte_edit%' AND relkind = 'r'"


def test_a_memory_is_made_only_if_it_may(open_memory, sql):
    with pytest.raises(MissingMemory, match="no memory in this database; 'memory add' makes one"):
        open_memory(create=False)
    assert sql(TABLES) == []
    open_memory()
    assert sorted(name for (name,) in sql(TABLES)) == [
        "lte_edit_change", "lte_edit_edit", "lte_edit_meta", "lte_edit_period",
    ]  # fmt: skip
    assert open_memory(create=False).counts()["edits"] == 0


def test_it_stands_beside_tables_of_others(open_memory, sql, fact):
    sql("CREATE TABLE customers (name text)", "INSERT INTO customers VALUES ('Eve')")
    open_memory().add([fact("a")])
    assert sql("SELECT name FROM customers") == [("Eve",)]


@pytest.mark.parametrize(
    "made",
    [
        "CREATE TABLE lte_edit_meta (x integer)",
        "CREATE TABLE lte_edit_meta (key integer, value text)",
        "CREATE TABLE lte_edit_meta (key text, value text)",
        "CREATE TABLE lte_edit_period (x integer)",
    ],
)
def test_tables_that_are_no_memory(open_memory, sql, made):
    sql(made)
    before = sql(TABLES)
    with pytest.raises(InputError, match="lte_edit_… that are no edit memory"):
        open_memory()
    assert sql(TABLES) == before


def test_a_newer_version(open_memory, sql):
    open_memory().close()
    newer = schema.SCHEMA_VERSION + 1
    sql(f"UPDATE lte_edit_meta SET value = '{newer}' WHERE key = 'format'")
    with pytest.raises(InputError, match=f"format {newer}, newer than the {schema.SCHEMA_VERSION}"):
        open_memory()


def test_no_pgvector(open_memory, monkeypatch, sql):
    monkeypatch.setattr(schema, "EXTENSION", "no_such_extension")
    with pytest.raises(TruingError, match="the server has no pgvector; install it there"):
        open_memory()
    assert sql(TABLES) == []


def test_a_pgvector_that_is_too_old(open_memory, monkeypatch, sql):
    monkeypatch.setattr(schema, "OLDEST_EXTENSION", (99, 0))
    with pytest.raises(TruingError, match=r"and 0\.8 or newer is needed"):
        open_memory()
    assert sql(TABLES) == []


def test_a_pgvector_out_of_sight(open_memory, sql):
    sql("CREATE SCHEMA away", "CREATE EXTENSION vector SCHEMA away")
    with pytest.raises(TruingError, match="in a schema that search_path does not name"):
        open_memory()


def test_a_schema_that_is_not_there(databases, encoder):
    with pytest.raises(TruingError, match="search_path names no schema that is there"):
        EditMemory.open(f"{databases.url()}?options=-csearch_path%3Dnowhere", encoder)


def test_no_right_to_the_extension_or_to_tables(as_role, sql):
    role, url = as_role()
    with pytest.raises(TruingError, match="may not make extensions; let an administrator") as one:
        EditMemory.open(url)
    sql("CREATE EXTENSION vector", "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    with pytest.raises(TruingError, match=r"may not make tables there .* GRANT CREATE") as two:
        EditMemory.open(url)
    assert "open-sesame" not in f"{one.value}{two.value}"
    sql(f"GRANT CREATE ON SCHEMA public TO {role}")
    with EditMemory.open(url) as memory:
        assert memory.counts()["edits"] == 0


def test_another_encoding(open_memory, databases):
    databases.url("latin", "ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(TruingError, match="stores text as LATIN1; make one with encoding UTF8"):
        open_memory("latin")


def test_two_memories_in_two_schemas(databases, encoder, sql, fact):
    sql("CREATE SCHEMA one", "CREATE SCHEMA two")
    for name in ("one", "two"):
        url = f"{databases.url()}?options=-csearch_path%3D{name},public"
        with EditMemory.open(url, encoder) as memory:
            memory.add([fact(name)])
            assert [edit.id for edit in memory.edits()] == [name]
    assert sql("SELECT id FROM two.lte_edit_edit") == [("two",)]
