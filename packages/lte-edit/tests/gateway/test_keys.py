"""Keys: shown once, kept as hashes, known again."""

from __future__ import annotations

import json
import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lte_edit.gateway.keys import KeyFile, KeyRing, parse
from truing_core.errors import InputError, UsageError
from truing_core.redact import redact


@pytest.fixture
def file(tmp_path):
    return KeyFile(tmp_path / "deep" / "keys.json")


def test_a_key_is_shown_once_and_kept_as_a_hash(file):
    token = file.add("edit", ["team", "default", "team"], "Ada's")
    [key] = file.read()
    assert (key.role, key.namespaces, key.note) == ("edit", ("team", "default"), "Ada's")
    assert token.startswith(f"sk-lte-{key.id}-")
    content = file.path.read_text()
    assert token not in content
    assert token.rpartition("-")[2] not in content
    assert stat.S_IMODE(os.stat(file.path).st_mode) == 0o600
    assert KeyRing(file.path).key_of(token) == key
    assert redact(f"Bearer {token}") == "Bearer ***"


def test_equal_secrets_would_have_other_hashes(file):
    file.add("admin")
    file.add("admin")
    one, two = file.read()
    assert one.salt != two.salt
    assert one.digest != two.digest
    assert one.namespaces == ()


def test_only_the_whole_key_is_the_key(file):
    token, other = file.add("read", ["a"]), file.add("read", ["b"])
    ring = KeyRing(file.path)
    assert len(ring) == 2
    prefix, secret = token[:20], token[20:]
    for wrong in ("", token[:-1], token + "A", f"{prefix}{other[20:]}", f"{other[:20]}{secret}",
                  f"sk-lte-{'0' * 12}-{secret}", token.upper(), f" {token}"):  # fmt: skip
        assert ring.key_of(wrong) is None, wrong


@given(st.text(max_size=80))
def test_no_text_is_a_key(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "some-keys.json"
    if not path.exists():
        KeyFile(path).add("admin")
    assert KeyRing(path).key_of(text) is None


def test_a_ring_follows_its_file(file):
    token = file.add("read", ["a"])
    ring = KeyRing(file.path)
    later = file.add("admin")
    assert ring.key_of(later) is None
    ring.refresh()
    assert ring.key_of(later).role == "admin"
    removed = file.remove(ring.key_of(token).id)
    assert removed.role == "read"
    ring.refresh()
    assert ring.key_of(token) is None
    assert ring.key_of(later).role == "admin"


def test_who_breaks_the_file_lets_nobody_in(file):
    token = file.add("admin")
    ring, good = KeyRing(file.path), file.path.read_bytes()
    file.path.write_text("{")
    with pytest.raises(InputError, match="no key file"):
        ring.refresh()
    assert ring.key_of(token) is None
    file.path.unlink()
    with pytest.raises(FileNotFoundError):
        ring.refresh()
    file.path.write_bytes(good)
    ring.refresh()
    assert ring.key_of(token).role == "admin"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no key file"),
        (b"[]", "no key file"),
        (b"\xff\xfe", "no key file"),
        (b'{"version": 1}', "no key file"),
        (b'{"version": 1, "keys": [{"id": "a"}]}', "no key file"),
        (b'{"version": 2, "keys": []}', "version 2; expected 1"),
    ],
)
def test_other_files_are_refused_and_left_alone(file, content, said):
    file.path.parent.mkdir()
    file.path.write_bytes(content)
    with pytest.raises(InputError, match=said):
        file.add("admin")
    with pytest.raises(InputError, match=said):
        KeyRing(file.path)
    assert file.path.read_bytes() == content


def test_what_cannot_be(file):
    with pytest.raises(UsageError, match="all namespaces"):
        file.add("admin", ["a"])
    with pytest.raises(UsageError, match="needs a namespace"):
        file.add("edit")
    with pytest.raises(UsageError, match="'no/name'; expected letters"):
        file.add("read", ["no/name"])
    with pytest.raises(InputError, match="no key 'x'"):
        file.remove("x")
    assert file.read() == []


def test_parse_takes_what_was_written(file):
    file.add("read", ["a"])
    content = json.loads(file.path.read_bytes())
    assert content["version"] == 1
    assert parse(file.path.read_bytes(), file.path) == file.read()
