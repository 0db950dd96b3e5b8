"""``lte-edit serve`` and ``keys`` as a user types them; serving itself is in gateway/."""

from __future__ import annotations

import socket

import pytest

from lte_edit.memory.backend import MissingMemory

ECHO = "openai/echo@http://127.0.0.1:1/v1"


@pytest.fixture
def keys(command):
    return command("keys", "add", "--role", "edit", "--note", "Ada's").out.strip()


def test_what_would_be_served(command):
    command("memory", "add", "Who leads Acme?", "Ada", "--encoder", "demo")
    done = command(
        "serve", "-m", ECHO, "--unaligned", "openai/plain@http://127.0.0.1:2/v1", "--threshold",
        "0.5", "--k", 2, "--namespace", "team", "--max-body", "1.5", "--dry-run", "--json",
    )  # fmt: skip
    assert done.code == 0
    assert done.json == {
        "url": "http://127.0.0.1:8000/v1", "model": ECHO,
        "unaligned": "openai/plain@http://127.0.0.1:2/v1", "served_name": "echo",
        "memory": "edits.sqlite", "edits": 1, "encoder": "demo", "namespace": "team", "k": 2,
        "threshold": 0.5, "keys": None, "max_concurrent": 256, "queue": 32, "max_body_mb": 1.5,
        "timeout_s": 120.0, "grace_s": 10,
    }  # fmt: skip
    plain = command("serve", "-m", "demo", "--dry-run", "--memory", "new.sqlite")
    assert "memory          new.sqlite (will be made)\n" in plain.out
    assert "encoder         multi-qa-mpnet-base-dot-v1\n" in plain.out
    assert "keys            none\n" in plain.out


def test_a_memory_that_is_to_be_made_is_shown_without_its_password(command, monkeypatch):
    def missing(place, encoder=None, *, create=True):
        raise MissingMemory("there is no memory in this database", path="postgresql://u@host/db")

    monkeypatch.setattr("lte_edit.memory.EditMemory.open", missing)
    place = "postgresql://u:geheim@host/db"
    done = command("serve", "-m", ECHO, "--memory", place, "--dry-run", "--json")
    assert (done.code, done.json["memory"]) == (0, "postgresql://u@host/db (will be made)")
    assert "geheim" not in command("serve", "-m", ECHO, "--memory", place, "--dry-run").out


def test_a_folders_place_is_nobodys_business(command, tmp_path):
    (tmp_path / "private" / "aligned").mkdir(parents=True)
    done = command("serve", "-m", f"hf/{tmp_path}/private/aligned", "--dry-run", "--json")
    assert done.json["served_name"] == "aligned"
    (tmp_path / "Qwen" / "X").mkdir(parents=True)
    for spec, name in (
        ("hf/.", tmp_path.name),
        ("hf/private/aligned/..", "private"),
        ("hf/Qwen/X", "X"),
        ("hf/Qwen/Y", "Qwen/Y"),
        ("openai/Qwen/X@http://127.0.0.1:1/v1", "Qwen/X"),
        ("openai/~nobody-of-this-name/X@http://127.0.0.1:1/v1", "~nobody-of-this-name/X"),
        ("hf/~nobody-of-this-name/X", "~nobody-of-this-name/X"),
        ("openai/~/X@http://127.0.0.1:1/v1", "~/X"),
    ):
        assert command("serve", "-m", spec, "--dry-run", "--json").json["served_name"] == name
    named = command("serve", "-m", "demo", "--served-name", "my/model", "--dry-run", "--json")
    assert named.json["served_name"] == "my/model"


def test_keys_are_shown_once(command, keys, tmp_path):
    assert keys.startswith("sk-lte-")
    [listed] = command("keys", "list", "--json").json
    assert (listed["role"], listed["namespaces"], listed["note"]) == ("edit", ["default"], "Ada's")
    assert set(listed) == {"id", "role", "namespaces", "created", "note"}
    admin = command("keys", "add", "--role", "admin", "--file", "keys.json")
    assert "keys.json does not hold it" in admin.err
    lines = command("keys", "list").out.splitlines()
    assert lines[0].startswith(f"{listed['id']}  edit ")
    assert lines[0].endswith("  default  Ada's")
    assert lines[1].endswith("  all namespaces")
    assert command("keys", "remove", listed["id"]).err == f"removed the edit key {listed['id']}\n"
    assert len(command("keys", "list", "--json").json) == 1
    assert admin.out.strip()[-20:] not in (tmp_path / "keys.json").read_text()


def test_keys_for_programs(command):
    made = command("keys", "add", "--role", "edit", "-n", "a", "--note", "Ada's", "--json").json
    key = made.pop("key")
    assert command("keys", "list", "--json").json == [made]
    assert made["id"] in key
    assert (made["role"], made["namespaces"], made["note"]) == ("edit", ["a"], "Ada's")
    assert command("keys", "remove", made["id"], "--json").json == made
    assert command("keys", "list", "--json").json == []


def test_a_note_stands_on_its_line(command):
    command("keys", "add", "--note", "Ada\x1b[2J\x9b1m\n0123456789ab  admin")
    (line,) = command("keys", "list").out.splitlines()
    assert line.endswith("  default  Ada [2J 1m 0123456789ab admin")


def test_no_keys_yet(command):
    done = command("keys", "list", "--file", "none.json")
    assert (done.code, done.out, done.err) == (0, "", "there are no keys in none.json\n")


def test_with_keys_it_may_listen_elsewhere(command, keys):
    done = command("serve", "-m", ECHO, "--host", "0.0.0.0", "--keys", "keys.json", "--dry-run",
                   "--json")  # fmt: skip
    assert (done.code, done.json["keys"]) == (0, 1)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["serve"], 2, "--model"),
        (["serve", "-m", "gpt"], 2, "no model spec"),
        (["serve", "-m", "vllm/x"], 2, "vllm serve"),
        (["serve", "-m", ECHO, "--host", "0.0.0.0"], 2, "lte-edit keys add --file keys.json"),
        (["serve", "-m", ECHO, "--host", "::"], 2, "needs keys"),
        (["serve", "-m", ECHO, "--keys", "none.json"], 2, "no key in none.json"),
        (["serve", "-m", ECHO, "--keys", "broken.json"], 1, "no key file"),
        (["serve", "-m", ECHO, "--port", "70000"], 2, "--port"),
        (["serve", "-m", ECHO, "--k", "0"], 2, "--k"),
        (["serve", "-m", ECHO, "--namespace", "a b"], 2, "the namespace is 'a b'"),
        (["serve", "-m", ECHO, "--prompts", "nowhere"], 2, "nowhere"),
        (["serve", "-m", ECHO, "--host", "127.0.0.1.2"], 2, "needs keys"),
        (["serve", "-m", "openai/x", "--port", "0"], 1, "set OPENAI_API_KEY"),
        (["serve", "-m", "hf/nowhere/at/all", "--port", "0"], 1, "nowhere/at/all"),
        (["serve", "-m", ECHO, "--port", "0", "--memory", "broken.json"], 1, "no SQLite file"),
        (["serve", "-m", ECHO, "--port", "0", "--memory", "no/folder/x"], 1, "its folder exists"),
        (["serve", "-m", ECHO, "--memory", "broken.json", "--dry-run"], 1, "no SQLite file"),
        (["keys", "add", "--role", "king"], 2, "expected read, edit or admin"),
        (["keys", "add", "--role", "admin", "-n", "a"], 2, "all namespaces"),
        (["keys", "add", "-n", "a/b"], 2, "the namespace is 'a/b'; expected letters"),
        (["keys", "add", "--file", "broken.json"], 1, "no key file"),
        (["keys", "remove", "x"], 1, "no key 'x'"),
    ],
)
def test_misuse(command, tmp_path, arguments, code, said):
    (tmp_path / "broken.json").write_text('{"no": "keys"}' * 100)
    done = command(*arguments)
    assert (done.code, said in done.err) == (code, True), done.err
    assert done.err.count("\n") == 1
    assert "Traceback" not in done.err
    assert not (tmp_path / "edits.sqlite").exists()


def test_a_template_that_cannot_be_filled_is_known_before(command, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "edit.j2").write_text("{{ facts }} {{ questoin }}")
    done = command("serve", "-m", ECHO, "--port", "0", "--prompts", "mine")
    assert done.code == 1
    assert "'questoin' is undefined" in done.err


def test_a_port_that_is_taken(command):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = command("serve", "-m", ECHO, "--port", port)
    assert done.code == 1
    assert f"cannot listen on 127.0.0.1 port {port}" in done.err


def test_an_encoder_that_would_not_find_what_is_stored(command):
    command("memory", "add", "Who leads Acme?", "Ada", "--encoder", "demo")
    done = command("serve", "-m", ECHO, "--port", "0", "--encoder", "other")
    assert done.code == 2
    assert "lte-edit memory reembed" in done.err
