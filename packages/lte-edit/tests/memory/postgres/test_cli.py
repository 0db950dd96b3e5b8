"""``lte-edit memory`` with a URL."""

from __future__ import annotations

import json

import pytest

ADD = ("memory", "add", "Who leads Acme?", "Ada", "--subject", "Acme", "--id", "a")


@pytest.fixture
def url(command, place, monkeypatch):
    monkeypatch.setenv("LTE_EDIT_MEMORY", place())
    return place()


def test_the_commands(url, command, tmp_path):
    missing = command("memory", "list")
    assert (missing.code, missing.out) == (1, "")
    assert "there is no memory in this database; 'memory add' makes one" in missing.err
    planned = command("serve", "-m", "openai/m@http://127.0.0.1:1/v1", "--dry-run")
    assert " (will be made)\n" in planned.out
    assert command(*ADD).out == "a\n"
    assert "supersedes a" in command("memory", "add", "Who leads ACME?", "Bob", "-s", "acme").err
    rows = [{"prompt": "Where?", "target": "Rome", "id": "b"}, {"prompt": "x", "target": "y"}]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert command("memory", "import", "in.jsonl", "--json").json["added"] == 2
    assert command("memory", "search", "Where Rome", "-k", 1, "--json").json[0]["id"] == "b"
    (tmp_path / "in.jsonl").write_text('{"prompt": "Who?", "target": "Eve", "id": "b"}\n')
    taken = command("memory", "import", "in.jsonl")
    assert "the id 'b' belongs to another edit of postgresql://" in taken.err
    assert command("memory", "rollback", "--to-change", 1, "--json").json == {
        "change": 4, "came_back": 1, "went_out": 3,
    }  # fmt: skip
    assert "1 edits in out.jsonl" in command("memory", "export", "-o", "out.jsonl").err
    wrong = command("memory", "search", "x", "--encoder", "other")
    assert wrong.code == 2
    assert "lte-edit memory reembed --memory postgresql://" in wrong.err
    password = url.partition("@")[0].rpartition(":")[2]
    said = "".join(f"{each.out}{each.err}" for each in (missing, planned, taken, wrong))
    assert password not in said + command("memory", "stats").out
    assert list(tmp_path.glob("*.sqlite")) == []


@pytest.mark.parametrize(
    ("place", "code", "said"),
    [
        ("postgresql://u:geheim@127.0.0.1:1/d", 1, "no server answers there"),
        ("postgresql://u:geh@eim@h/d", 2, "the memory's URL cannot be read"),
        ("postgresql:/u:geheim@h/d", 2, "a path loses one of a URL's slashes"),
    ],
)
def test_what_goes_wrong_is_one_sentence(command, place, code, said):
    pytest.importorskip("psycopg", reason="needs lte-edit[postgres]")
    result = command("memory", "list", "--memory", place)
    assert (result.code, result.out) == (code, "")
    assert said in result.err
    assert "eim" not in result.err
    assert len(result.err.splitlines()) == 1
