"""URLs: what libpq is told, and what people are."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("psycopg", reason="needs lte-edit[postgres]")

from lte_edit.memory.postgres.address import parse
from truing_core.errors import UsageError


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql://u:geheim@h:5432/d", "postgresql://u@h:5432/d"),
        ("postgres://u@h/d", "postgres://u@h/d"),
        ("postgresql://", "postgresql://"),
        ("postgresql:///d?host=/run/pg&password=geheim", "postgresql:///d?host=/run/pg"),
        ("postgresql://h/d?p%61ssword=geheim", "postgresql://h/d"),
        ("postgresql://h/d?sslpassword=geheim&sslmode=require", "postgresql://h/d?sslmode=require"),
        ("postgresql://u:geheim@[::1]:5,h2:6/d", "postgresql://u@[::1]:5,h2:6/d"),
        ("postgresql://:geheim@h", "postgresql://@h"),
        ("postgresql://u:geh?eim@h/d?service=s", "postgresql://u@h/d?service=s"),
    ],
)
def test_what_people_are_told(url, place):
    address = parse(url)
    assert address.place == place
    assert "eim" not in repr(address)


@given(st.text(min_size=1), st.text(min_size=1), st.sampled_from(["", "d"]))
def test_any_password_gets_to_libpq_and_nowhere_else(user, password, database):
    user, password = (text.replace("\0", "0") for text in (user, password))
    hidden = f"<{password}>"
    if any(0xD800 <= ord(c) < 0xE000 for c in user + password):
        return  # no URL can say that
    url = f"postgresql://{quote(user, safe='')}:{quote(hidden, safe='')}@host/{database}"
    for each in (url, f"postgresql://host/{database}?password={quote(hidden, safe='')}"):
        address = parse(each)
        assert address.options["password"] == hidden
        assert quote(hidden, safe="") not in repr(address) + address.place
        assert address.options["host"] == "host"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:geh@eim@h/d",
        "postgresql://u:geh/eim@h/d",
        "postgresql://u:geheim",
        "postgresql://u:geh:eim",
        "postgresql://u:%geheim@h/d",
        "postgresql://h/d?geheim",
        "postgresql://h/d?geheim=1",
        "postgresql://u:g?eheim/x@h",
        "postgresql:geheim",
        "postgresql://h/geheim\udcff",
    ],
)
def test_what_libpq_would_take_apart_wrongly_is_not_repeated(url):
    with pytest.raises(UsageError, match="with @ as %40") as raised:
        parse(url)
    assert "eim" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_how_long_to_wait(monkeypatch):
    monkeypatch.delenv("PGCONNECT_TIMEOUT", raising=False)
    assert parse("postgresql://h").options["connect_timeout"] == 10
    assert parse("postgresql://h?connect_timeout=3").options["connect_timeout"] == "3"
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "7")
    assert "connect_timeout" not in parse("postgresql://h").options


def test_a_password_in_others_words():
    address = parse("postgresql://u:geheim@h/d")
    assert address.without_password("the host 'geheim' is nowhere") == "the host '***' is nowhere"
    assert parse("postgresql://u:a@h/d").without_password("a table") == "a table"
