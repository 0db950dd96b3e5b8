"""A memory, in each of the databases it may lie in, and facts for it."""

from __future__ import annotations

import os
import uuid
from urllib.parse import urlsplit

import pytest

from lte_edit.edits import Edit
from lte_edit.memory import EditMemory

SERVER = "LTE_EDIT_TEST_POSTGRES"
_URL = os.environ.get(SERVER)  # tests of the command hide the tool's variables from it


class Databases:
    """Fresh ones by name, on a real server, and roles; all are gone at the end."""

    def __init__(self, url):
        import psycopg

        self.server, self._made, self._roles = url, {}, []
        self._admin = psycopg.connect(url, autocommit=True)

    def url(self, name="edits", options="ENCODING 'UTF8' TEMPLATE template0"):
        if name not in self._made:
            self._made[name] = f"lte_test_{uuid.uuid4().hex[:12]}"
            self._admin.execute(f"CREATE DATABASE {self._made[name]} {options}")
        return urlsplit(self.server)._replace(path=f"/{self._made[name]}").geturl()

    def role(self, password):
        self._roles.append(f"lte_test_{uuid.uuid4().hex[:12]}")
        self._admin.execute(f"CREATE ROLE {self._roles[-1]} LOGIN PASSWORD '{password}'")
        return self._roles[-1]

    def close(self):
        for made in self._made.values():
            self._admin.execute(f"DROP DATABASE {made} WITH (FORCE)")
        for role in self._roles:  # their rights went with the databases
            self._admin.execute(f"DROP ROLE {role}")
        self._admin.close()


def fresh_databases():
    if not _URL:
        pytest.skip(f"{SERVER} names no PostgreSQL server; nox -s postgres starts one")
    made = Databases(_URL)
    yield made
    made.close()


databases = pytest.fixture(fresh_databases, name="databases")
some_databases = pytest.fixture(fresh_databases, scope="session", name="some_databases")


@pytest.fixture
def schemas(some_databases):
    """Fresh schemas by name in one database: quicker than databases."""
    import psycopg

    made, database = {}, some_databases.url()
    connection = psycopg.connect(database, autocommit=True)

    def url(name="edits"):
        if name not in made:
            made[name] = f"test_{uuid.uuid4().hex[:12]}"
            connection.execute(f"CREATE SCHEMA {made[name]}")
        mark = "&" if "?" in database else "?"
        return f"{database}{mark}options=-csearch_path%3D{made[name]},public"

    yield url
    for schema in made.values():
        connection.execute(f"DROP SCHEMA {schema} CASCADE")
    connection.close()


@pytest.fixture(params=["sqlite", "postgres"])
def place(request, tmp_path):
    """Where a memory of a name is: what is tested so holds in both."""
    if request.param == "sqlite":
        return lambda name="edits": tmp_path / f"{name}.sqlite"
    return request.getfixturevalue("schemas")


@pytest.fixture
def encoder(make_encoder):
    return make_encoder()


@pytest.fixture
def open_memory(place, encoder):
    """Opens the same memory again and again; all handles are closed at the end."""
    opened = []

    def open_(name="edits", with_encoder=encoder, **options):
        opened.append(EditMemory.open(place(name), with_encoder, **options))
        return opened[-1]

    yield open_
    for each in opened:
        each.close()


@pytest.fixture
def memory(open_memory):
    return open_memory()


@pytest.fixture
def fact():
    """Makes an edit: ``fact("a", "Who leads Acme?", "Ada", "Acme")``."""

    def make(id, prompt="Who leads Acme?", target="Ada", subject="Acme", **fields):
        return Edit(id=id, prompt=prompt, target=target, subject=subject, **fields)

    return make
