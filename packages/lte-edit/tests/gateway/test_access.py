"""The door: keys, roles, namespaces; without keys, this machine only."""

from __future__ import annotations

import pytest

from lte_edit.gateway.access import Access, Caller, is_loopback
from lte_edit.gateway.errors import ApiError
from lte_edit.gateway.keys import KeyFile, KeyRing


@pytest.fixture
def keys(tmp_path):
    return KeyFile(tmp_path / "keys.json")


def bearer(token, **headers):
    from starlette.datastructures import Headers

    return Headers({"host": "gateway.example", "authorization": f"Bearer {token}", **headers})


def test_a_key_says_who_asks(keys):
    tokens = {
        role: keys.add(role, [] if role == "admin" else ["team", "other"])
        for role in ("read", "edit", "admin")
    }
    access = Access(KeyRing(keys.path))
    reader, editor, admin = (access.caller(bearer(tokens[role])) for role in tokens)
    assert (reader.role, editor.role, admin.role) == ("read", "edit", "admin")
    assert reader.namespaces == ("team", "other")
    assert admin.namespaces is None
    assert reader.name == tokens["read"].split("-")[2]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "sk-lte-x", "Bearer ü"])
def test_no_key_no_answer(keys, header):
    keys.add("admin")
    with pytest.raises(ApiError) as refused:
        Access(KeyRing(keys.path)).caller(bearer("", authorization=header))
    assert refused.value.status == 401
    assert refused.value.headers == {"WWW-Authenticate": "Bearer"}


def test_an_unreadable_key_file_lets_nobody_in(keys):
    token = keys.add("admin")
    access = Access(KeyRing(keys.path))
    keys.path.unlink()
    with pytest.raises(ApiError) as refused:
        access.caller(bearer(token))
    assert refused.value.status == 503
    assert str(keys.path) not in refused.value.message


@pytest.mark.parametrize(
    ("host", "origin", "in_"),
    [
        ("localhost:8000", None, True),
        ("LOCALHOST", None, True),
        ("127.0.0.1:8000", None, True),
        ("127.8.8.8", None, True),
        ("[::1]:8000", None, True),
        ("localhost", "http://localhost:3000", True),
        ("", None, False),
        ("evil.example", None, False),
        ("localhost.evil.example", None, False),
        ("127.0.0.1.evil.example:8000", None, False),
        ("[::1", None, False),
        ("localhost", "https://evil.example", False),
        ("localhost", "null", False),
    ],
)
def test_without_keys_only_this_machine_asks(host, origin, in_):
    from starlette.datastructures import Headers

    headers = Headers({"host": host, **({"origin": origin} if origin else {})})
    if in_:
        assert Access().caller(headers) == Caller("local", "admin", None)
        return
    with pytest.raises(ApiError) as refused:
        Access().caller(headers)
    assert refused.value.status == 403


def test_roles_hold_those_below():
    for have, may in (("read", ["read"]), ("edit", ["read", "edit"]),
                      ("admin", ["read", "edit", "admin"])):  # fmt: skip
        caller = Caller("x", have, ("a",))
        for need in ("read", "edit", "admin"):
            if need in may:
                caller.need(need)
            else:
                with pytest.raises(ApiError) as refused:
                    caller.need(need)
                assert refused.value.status == 403


def test_a_namespace_is_one_of_the_key():
    caller, admin = Caller("x", "read", ("team", "other")), Caller("y", "admin")
    assert caller.chosen(None, "default") == "team"
    assert caller.chosen("other", "default") == "other"
    assert admin.chosen(None, "default") == "default"
    assert admin.chosen("any", "default") == "any"
    with pytest.raises(ApiError) as refused:
        caller.chosen("default", "default")
    assert refused.value.status == 403


@pytest.mark.parametrize(
    ("host", "yes"),
    [("127.0.0.1", True), ("::1", True), ("[::1]", True), ("localhost", True), ("0.0.0.0", False),
     ("::", False), ("10.0.0.1", False), ("example.org", False), ("", False)],
)  # fmt: skip
def test_loopback(host, yes):
    assert is_loopback(host) is yes
