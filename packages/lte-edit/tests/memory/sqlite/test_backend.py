"""The file: who may open it, and what is said if it cannot be used."""

from __future__ import annotations

import sqlite3
import threading

import pytest

from lte_edit.memory.sqlite.database import SCHEMA_VERSION
from truing_core.errors import InputError, TruingError


@pytest.fixture
def raw(tmp_path):
    """Changes the file behind the memory's back."""

    def change(*statements, name="edits.sqlite"):
        database = sqlite3.connect(tmp_path / name)
        with database:
            for statement in statements:
                database.execute(statement)
        database.close()

    return change


def test_what_is_no_memory_stays_as_it_is(open_memory, tmp_path, fact):
    (tmp_path / "text").write_text("hello " * 1000)
    (tmp_path / "empty-dir").mkdir()
    with sqlite3.connect(tmp_path / "other") as other:
        other.execute("CREATE TABLE t (x)")
    other.close()
    newer = open_memory("newer")
    newer.close()
    with sqlite3.connect(tmp_path / "newer") as database:
        database.execute(f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    database.close()
    before = {name: (tmp_path / name).read_bytes() for name in ("text", "other", "newer")}
    for name, said in (
        ("text", "no SQLite file"),
        ("other", "is no edit memory"),
        ("newer", "newer than the"),
        ("empty-dir", "is a folder"),
    ):
        with pytest.raises(Exception, match=said):
            open_memory(name)
    assert before == {name: (tmp_path / name).read_bytes() for name in before}
    with pytest.raises(InputError, match="there is no such memory"):
        open_memory("none", create=False)
    assert not (tmp_path / "none").exists()


def test_damage_is_noticed(open_memory, tmp_path, fact):
    memory = open_memory()
    memory.add([fact(f"e{n}", f"Who leads {n}?", "Ada", f"{n}") for n in range(200)])
    memory.close()
    file = tmp_path / "edits.sqlite"
    content = bytearray(file.read_bytes())
    content[8192:16384] = b"\xff" * 8192
    file.write_bytes(content)
    with pytest.raises(InputError, match="damaged and was left as it is"):
        open_memory()
    assert file.read_bytes() == content


def test_an_empty_file_becomes_a_memory_only_if_it_may(open_memory, tmp_path):
    (tmp_path / "empty").touch()
    with pytest.raises(InputError, match="the file is empty; 'memory add'"):
        open_memory("empty", create=False)
    assert (tmp_path / "empty").read_bytes() == b""
    assert open_memory("empty").stats()["edits"] == 0


def test_two_may_make_it_at_once(open_memory, monkeypatch):
    """The other one makes the memory while this one looks what is there."""
    other = threading.Thread(target=open_memory)

    class Overtaken(sqlite3.Connection):
        def execute(self, query, *values):
            if "sqlite_schema" in query and other.ident is None:
                other.start()
                other.join(0.3)
            return super().execute(query, *values)

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **b: connect(*a, **b, factory=Overtaken))
    assert open_memory().stats()["edits"] == 0
    other.join(30)
    assert not other.is_alive()


def test_another_programs_file_without_tables_is_left_alone(open_memory, raw, tmp_path):
    raw("PRAGMA application_id=7", "VACUUM", name="other")
    before = (tmp_path / "other").read_bytes()
    with pytest.raises(InputError, match="is no edit memory"):
        open_memory("other")
    assert (tmp_path / "other").read_bytes() == before


def test_a_place_that_is_not_there(open_memory):
    with pytest.raises(TruingError, match="check that its folder exists"):
        open_memory("none/edits.sqlite")


def test_a_file_cut_short(open_memory, tmp_path, fact):
    memory = open_memory()
    memory.add([fact(f"e{n}", f"Who leads {n}?") for n in range(200)])
    memory.close()
    whole = (tmp_path / "edits.sqlite").read_bytes()
    (tmp_path / "edits.sqlite").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="damaged and was left as it is"):
        open_memory()
    assert (tmp_path / "edits.sqlite").read_bytes() == whole[: len(whole) // 2]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE edit SET content = '{\"prompt\": 3}'",
        "UPDATE edit SET content = 'no JSON'",
        "UPDATE vector SET embedding = x'00'",
    ],
)
def test_content_that_cannot_be(open_memory, raw, fact, statement):
    open_memory().add([fact("a")])
    raw(statement)
    with pytest.raises(InputError, match="damaged and was left as it is"):
        open_memory().search("Acme?")


def test_a_lock_is_waited_for(open_memory, tmp_path, fact):
    memory = open_memory()
    other = sqlite3.connect(tmp_path / "edits.sqlite", check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.3, other.rollback)
    timer.start()
    assert memory.add([fact("a")]).added == ("a",)
    timer.join()
    other.close()
