"""Memories in databases of their own, and what others do there."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest


@pytest.fixture
def place(databases):
    return databases.url


@pytest.fixture
def sql(databases):
    """Runs SQL behind the memory's back; gives the rows of the last statement."""
    import psycopg

    def run(*statements, name="edits"):
        with psycopg.connect(databases.url(name), autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else None

    return run


@pytest.fixture
def as_role(databases):
    """The name of a fresh role, who owns nothing, and its URL; the password is ``open-sesame``."""

    def make(password="open-sesame"):
        role, parts = databases.role("open-sesame"), urlsplit(databases.url())
        netloc = f"{role}:{password}@{parts.netloc.rpartition('@')[2]}"
        return role, parts._replace(netloc=netloc).geturl()

    return make
