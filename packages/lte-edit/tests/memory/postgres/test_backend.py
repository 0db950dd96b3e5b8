"""The server: how it is reached, who waits for whom, and what is said if it fails."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from urllib.parse import quote, urlsplit

import pytest

pytest.importorskip("psycopg", reason="needs lte-edit[postgres]")

import psycopg
from pydantic import ValidationError

from lte_edit.memory import EditMemory
from lte_edit.memory.postgres import backend, schema
from truing_core.errors import InputError, TruingError

OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def ids(hits):
    return [hit.edit.id for hit in hits]


# How it is reached.


def without_password(url):
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.username}@{parts.netloc.rpartition('@')[2]}").geturl()


def test_no_server_is_said_at_once(caplog):
    caplog.set_level(logging.DEBUG)
    begun = time.monotonic()
    with pytest.raises(TruingError) as raised:
        EditMemory.open("postgresql://u:geheim@127.0.0.1:1/d")
    assert str(raised.value) == (
        "postgresql://u@127.0.0.1:1/d: no server answers there; start it, or mend the URL"
    )
    assert time.monotonic() - begun < 5
    assert "geheim" not in caplog.text
    with pytest.raises(TruingError, match="no server answers there"):
        EditMemory.open("postgresql:///d?host=/nowhere")


def test_wrong_password(as_role, caplog):
    caplog.set_level(logging.DEBUG)
    _, url = as_role(password="wrong-geheim")
    try:
        psycopg.connect(url).close()
        pytest.skip("this server takes any password")
    except psycopg.OperationalError:
        pass
    with pytest.raises(TruingError, match="does not take this user and password") as raised:
        EditMemory.open(url)
    assert "geheim" not in f"{raised.value}{raised.value!r}{caplog.text}"
    assert raised.value.__suppress_context__


def test_no_such_database(databases):
    url = urlsplit(databases.server)._replace(path="/nowhere").geturl()
    with pytest.raises(TruingError, match=r"/nowhere: there is no such database; createdb"):
        EditMemory.open(url)


@pytest.mark.parametrize("way", ["variable", "file", "service", "option"])
def test_the_password_comes_from_where_libpq_finds_it(as_role, sql, monkeypatch, tmp_path, way):
    role, url = as_role()
    sql("CREATE EXTENSION vector", f"GRANT ALL ON SCHEMA public TO {role}")
    bare, parts = without_password(url), urlsplit(url)
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pgpass"))
    if way == "variable":
        monkeypatch.setenv("PGPASSWORD", "open-sesame")
    elif way == "file":
        (tmp_path / "pgpass").write_text(f"*:*:*:{role}:open-sesame\n")
        (tmp_path / "pgpass").chmod(0o600)
    elif way == "option":
        bare += "?password=open-sesame"
    else:
        monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))
        (tmp_path / "services").write_text(
            f"[edits]\nhost={parts.hostname}\nport={parts.port}\nuser={role}\n"
            f"dbname={parts.path[1:]}\npassword=open-sesame\n"
        )
        bare = "postgresql:///?service=edits"
    with EditMemory.open(bare) as memory:
        assert memory.counts()["edits"] == 0
        assert "sesame" not in f"{memory.path}{memory.stats()}{vars(memory._backend)['_address']}"


# Who waits for whom.


def test_after_a_restart_it_connects_again(memory, sql, fact):
    threads = [threading.Thread(target=memory.counts) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    memory.add([fact("a")])
    # What a restarting server does to its clients.
    sql(f"SELECT pg_terminate_backend(pid) {OTHERS}")
    begun = time.monotonic()
    assert ids(memory.search("Acme?")[0]) == ["a"]
    assert memory.add([fact("b", "Why?")]).change == 2
    assert time.monotonic() - begun < 3


def test_a_connection_lost_on_the_way(memory, sql, fact):
    memory.add([fact("a")])

    def lose():
        with memory._backend.writing() as store:
            store.set_meta("threshold", "0.5")
            sql(f"SELECT pg_terminate_backend(pid) {OTHERS}")
            store.last_change()

    with pytest.raises(TruingError, match="connection to the server was lost; 'memory history'"):
        lose()
    assert memory.threshold is None
    assert memory.counts()["edits"] == 1


def test_a_server_that_is_gone_later(memory, monkeypatch, databases):
    monkeypatch.setattr(memory._backend._pool, "timeout", 0.5)
    memory.counts()
    memory._backend._pool.kwargs["port"] = memory._backend._address.options["port"] = "1"
    memory._backend._pool.drain()
    with pytest.raises(TruingError, match="no server answers there; start it"):
        memory.counts()


def test_no_connection_to_spare(memory, monkeypatch):
    monkeypatch.setattr(memory._backend._pool, "timeout", 0.3)
    with contextlib.ExitStack() as stack:
        for _ in range(backend._CONNECTIONS):
            stack.enter_context(memory._backend.reading())
        with pytest.raises(TruingError, match="all 8 connections have been busy for 0 s; try"):
            memory.counts()
    assert memory.counts()["edits"] == 0


def test_texts_are_sent_as_utf8(place, encoder, monkeypatch, fact):
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    with EditMemory.open(f"{place()}?client_encoding=LATIN1", encoder) as memory:
        memory.add([fact("a", "北京在哪里？")])
        assert memory.edits()[0].prompt == "北京在哪里？"


def test_writers_wait_and_readers_do_not(memory, databases, monkeypatch, fact):
    memory.add([fact("a")])
    with psycopg.connect(databases.url()) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", (schema.LOCK,))
        timer = threading.Timer(0.5, other.rollback)
        timer.start()
        assert ids(memory.search("Acme?")[0]) == ["a"]
        assert timer.is_alive()
        assert memory.add([fact("b", "Why?")]).change == 2
        timer.join()
    monkeypatch.setattr(backend, "_WRITING", backend._WRITING.replace("30s", "100ms"))
    with psycopg.connect(databases.url()) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", (schema.LOCK,))
        with pytest.raises(TruingError, match="another process has been writing for 30 s"):
            memory.add([fact("c", "How?")])
    assert memory.add([fact("c", "How?")]).change == 3


def test_who_waits_for_its_turn_sees_what_came_before(open_memory, databases, fact):
    """Also that the table of vectors is there by now."""
    first, second = open_memory(), open_memory()
    second.counts()
    with psycopg.connect(databases.url()) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", (schema.LOCK,))
        threads = [
            threading.Thread(target=each.add, args=([fact(name, f"What is {name}?")],))
            for name, each in (("a", first), ("b", second))
        ]
        for thread in threads:
            thread.start()
        time.sleep(0.3)
    for thread in threads:
        thread.join()
    assert sorted(edit.id for edit in first.edits()) == ["a", "b"]
    assert [change.id for change in first.history()] == [1, 2]


def test_a_reader_sees_one_state(open_memory, fact):
    memory, other = open_memory(), open_memory()
    memory.add([fact("a")])
    with memory._backend.reading() as store:
        assert store.last_change() == 1
        other.add([fact("b", "Why?")])
        assert store.last_change() == 1
        assert store.counts()["edits"] == 1
    assert memory.counts()["edits"] == 2


def test_who_waits_for_new_vectors_sees_them(memory, databases):
    found = []
    reader = threading.Thread(target=lambda: found.append(memory.threshold))
    with psycopg.connect(databases.url()) as other:
        other.execute("LOCK TABLE lte_edit_meta IN ACCESS EXCLUSIVE MODE")
        reader.start()
        time.sleep(0.3)
        other.execute("INSERT INTO lte_edit_meta VALUES ('threshold', '0.5')")
    reader.join()
    assert found == [0.5]


def test_reembedding_leaves_a_reader_what_it_has(open_memory, make_encoder, encoder, fact):
    memory, other = open_memory(), open_memory(with_encoder=None)
    memory.add([fact("a")])
    fresh = make_encoder("fresh#2", 32)
    thread = threading.Thread(target=other.reembed, args=(fresh,))
    with memory._backend.reading() as store:
        assert store.meta("encoder") == encoder.identity
        thread.start()
        time.sleep(0.5)
        [[(_, score, _)]] = store.nearest(encoder.encode(["Who leads Acme? Ada"]), 1, "default")
        assert score == pytest.approx(1)
    thread.join()
    assert other.encoder_identity == "fresh#2"
    assert ids(other.search("Acme?")[0]) == ["a"]


def test_what_was_acknowledged_is_on_disk(open_memory, sql, databases):
    sql(f"ALTER DATABASE {urlsplit(databases.url()).path[1:]} SET synchronous_commit = off")
    memory = open_memory()
    with memory._backend.writing() as store:
        assert store._one("SHOW synchronous_commit") == "on"
    with memory._backend.reading() as store:
        assert store._one("SHOW transaction_read_only") == "on"


# What cannot be.


@pytest.mark.parametrize("content", ['{"prompt": 3}', "no JSON"])
def test_content_that_cannot_be(memory, sql, fact, content):
    memory.add([fact("a")])
    sql(f"UPDATE lte_edit_edit SET content = '{content}'")
    with pytest.raises(InputError, match="damaged and was left as it is; restore a backup"):
        memory.search("Acme?")


def test_tables_that_went_away(memory, sql, fact):
    memory.add([fact("a")])
    sql("DROP TABLE lte_edit_period")
    with pytest.raises(TruingError, match=r"tables are not as they were made .*lte_edit_period"):
        memory.edits()


def test_who_may_only_read(memory, sql, as_role, encoder, fact):
    memory.add([fact("a")])
    role, url = as_role()
    sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    with EditMemory.open(url, encoder, create=False) as other:
        assert ids(other.search("Acme?")[0]) == ["a"]
        with pytest.raises(TruingError, match=r"the user may not do this \(permission denied"):
            other.add([fact("b", "Why?")])
    assert memory.counts()["edits"] == 1


def test_a_server_that_takes_no_changes(memory, place, encoder, fact):
    memory.add([fact("a")])
    url = f"{place()}?options={quote('-c default_transaction_read_only=on')}"
    with EditMemory.open(url, encoder) as other:
        assert ids(other.search("Acme?")[0]) == ["a"]
        with pytest.raises(TruingError, match="takes no changes, as a standby does not"):
            other.add([fact("b", "Why?")])


def test_a_query_that_takes_too_long(memory, place):
    with (
        EditMemory.open(f"{place()}?options={quote('-c statement_timeout=200')}") as other,
        pytest.raises(TruingError, match=r"the server broke this off .*statement timeout"),
        other._backend.reading() as store,
    ):
        store._one("SELECT pg_sleep(5)")


def test_texts_that_postgres_cannot_hold(memory, fact):
    """An edit never has such a text; an author, and what is asked for, may."""
    for field in ("id", "prompt", "target", "subject", "source"):
        with pytest.raises(ValidationError):
            fact(**{"id": "a", field: "nul\0nul"})
    memory.add([fact("a")], author="m\0e")
    assert memory.history()[0].author == "m\ufffde"
    with pytest.raises(InputError, match="there is no edit 'a\0'"):
        memory.get("a\0")
    with pytest.raises(InputError, match="no namespace 'x\0'"):
        memory.edits("x\0")


def test_long_texts_are_compared_whole(memory, fact):
    long = "Who? " * 3999
    memory.add([fact("a", f"{long} 1"), fact("b", f"{long} 2")])
    assert memory.add([fact("c", f"{long} 1", "Bob")]).superseded == ("a",)
    assert [edit.id for edit in memory.edits()] == ["b", "c"]
