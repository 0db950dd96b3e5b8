"""``lte-edit memory`` as a user meets it."""

from __future__ import annotations

import json

import pytest

from truing_core.records import read_rows

ADD = ("memory", "add", "Who leads Acme?", "Ada", "--subject", "Acme", "--id", "a")


def test_add_search_remove_rollback(command):
    added = command(*ADD)
    assert (added.code, added.out) == (0, "a\n")
    assert command(*ADD, "--json").json["unchanged"] is True
    later = command("memory", "add", "Who leads  ACME?", "Bob", "-s", "acme", "--id", "b")
    assert "supersedes a" in later.err
    found = command("memory", "search", "Who leads Acme", "--json").json
    assert [(hit["id"], hit["target"], hit["part"]) for hit in found] == [("b", "Bob", 0)]
    line = command("memory", "search", "Who leads Acme").out
    assert line.split("\t")[1:] == ["b", "Who leads ACME?", "Bob", "acme\n"]
    gone = command("memory", "remove", "b", "--note", "wrong")
    assert (gone.code, "rollback --to-change 2" in gone.err) == (0, True)
    assert command("memory", "list", "--json").json == []
    assert "none" in command("memory", "list").err
    back = command("memory", "rollback", "--to-change", 1, "--json").json
    assert back == {"change": 4, "came_back": 1, "went_out": 0}
    assert [edit["id"] for edit in command("memory", "list", "--json").json] == ["a"]
    assert [edit["id"] for edit in command("memory", "list", "--at", 2, "--json").json] == ["b"]
    told = command("memory", "rollback", "--to-time", "2020-01-01")
    assert "change 5: 0 edits came back into force, 1 went out" in told.err


def test_show_and_history(command):
    command(*ADD, "--author", "me", "--rephrasing", "Acme's head?", "--rephrasing", "Boss?")
    shown = command("memory", "show", "a", "--json").json
    assert shown["rephrasings"] == ["Acme's head?", "Boss?"]
    assert (shown["in_force"], shown["author"]) == (True, "me")
    assert [each["kind"] for each in shown["history"]] == ["add"]
    text = command("memory", "show", "a").out
    assert "target       Ada\n" in text
    assert "add: came into force" in text
    command("memory", "remove", "a")
    changes = command("memory", "history", "--json").json
    assert [(each["kind"], each["began"], each["ended"]) for each in changes] == [
        ("add", ["a"], []),
        ("remove", [], ["a"]),
    ]
    lines = command("memory", "history", "--id", "a").out.splitlines()
    assert [line.split("\t")[2:4] for line in lines] == [["add", "+1 -0"], ["remove", "+0 -1"]]
    assert "remove: went out of force" in command("memory", "show", "a").out


def test_import_and_export_round_trip(command, tmp_path):
    rows = [
        {"prompt": "Who leads Acme?", "target": "Ada", "subject": "Acme", "id": "a"},
        {"prompt": "Where?", "target_new": "Rome", "rephrase_prompt": "In what city?", "x": 1},
    ]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    counted = command("memory", "import", "in.jsonl", "--json").json
    assert counted == {"read": 2, "invalid": 0, "added": 2, "superseded": 0, "unchanged": 0}
    assert command("memory", "import", "in.jsonl", "--json").json["unchanged"] == 2
    assert command("memory", "export", "-o", "out.parquet").code == 0
    written = [row for _, row in read_rows(tmp_path / "out.parquet")]
    assert [row["target"] for row in written] == ["Ada", "Rome"]
    assert list(written[1]["rephrasings"]) == ["In what city?"]
    again = command("memory", "import", "out.parquet", "-M", "new.sqlite", "--json").json
    assert again["added"] == 2
    command("memory", "export", "-o", "one.jsonl")
    command("memory", "export", "-o", "two.jsonl", "-M", "new.sqlite")
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()


def test_bad_rows(command, tmp_path):
    rows = [
        {"prompt": "Who?", "target": "Ada"},
        {"prompt": "Who?"},
        {"prompt": "", "target": "x"},
        {"prompt": "Who?", "target": "x" * 1_000_000},
        {"prompt": "Why?", "target": "So"},
    ]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    stopped = command("memory", "import", "in.jsonl")
    assert stopped.code == 1
    assert "in.jsonl, row 2, field 'target': is missing; expected text" in stopped.err
    assert not (tmp_path / "edits.sqlite").exists()
    counted = command("memory", "import", "in.jsonl", "--skip-invalid", "--dry-run", "--json")
    assert counted.json == {"read": 2, "invalid": 3}
    assert not (tmp_path / "edits.sqlite").exists()
    went_on = command("memory", "import", "in.jsonl", "--skip-invalid", "--json")
    assert (went_on.json["added"], went_on.json["invalid"]) == (2, 3)
    assert "row 3" in went_on.err
    assert "has 1,000,000 characters; at most 20000 fit" in went_on.err


def test_what_is_no_text(command, tmp_path):
    (tmp_path / "in.jsonl").write_bytes(b'{"prompt": "Wh\xff?", "target": "x"}\n')
    result = command("memory", "import", "in.jsonl")
    assert result.code == 1
    assert "in.jsonl" in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("add", "Who?", ""), 1, "target"),
        (("add", "Who?", "x", "--namespace", "a/b"), 1, "namespace"),
        (("add", "Who?", "x", "--id", "a"), 1, "the id 'a' belongs to another edit"),
        (("show", "zz"), 1, "there is no edit 'zz'"),
        (("remove", "zz"), 1, "there is no edit 'zz'"),
        (("search", "x", "-n", "team"), 1, "no namespace 'team' in edits.sqlite; known: default"),
        (("list", "-n", "team"), 1, "no namespace 'team'"),
        (("list", "-M", "none.sqlite"), 1, "there is no such memory; 'memory add' makes one"),
        (("search", "x", "--encoder", "other"), 2, "lte-edit memory reembed --memory"),
        (("rollback",), 2, "give one of the two"),
        (("rollback", "--to-time", "soon"), 2, "--to-time is 'soon'"),
        (("rollback", "--to-change", "99"), 2, "there is no change 99; the last one is 1"),
        (("stats", "-M", "text"), 1, "no SQLite file"),
    ],
)
def test_what_goes_wrong_is_one_sentence(command, tmp_path, arguments, code, said):
    command(*ADD)
    (tmp_path / "text").write_text("hello " * 200)
    result = command("memory", *arguments)
    assert (result.code, result.out) == (code, "")
    assert said in result.err
    assert "Traceback" not in result.err


def test_stats_and_another_encoder(command):
    command(*ADD, "--encoder", "first")
    command("memory", "add", "Who?", "Eve", "-n", "team", "--encoder", "first")
    stats = command("memory", "stats", "--json").json
    assert (stats["encoder"], stats["namespaces"]) == ("first#1", {"default": 1, "team": 1})
    assert "namespaces  default (1), team (1)" in command("memory", "stats").out
    assert "team" in command("memory", "list").out
    assert "2 edits embedded by second" in command("memory", "reembed", "--encoder", "second").err
    assert command("memory", "search", "Acme", "--json").json[0]["id"] == "a"
