"""``lte-edit memory`` as a user meets it."""

from __future__ import annotations

import json
import sqlite3

import pytest

from truing_core.errors import ModelError
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
        (("rollback", "--to-time", "0001-01-01T00:00+14:00"), 2, "--to-time is '0001"),
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


def test_what_is_stored_does_not_steer_the_terminal(command):
    hostile = "two\nlines \x9b2J \x1b]0;x\x07"
    for option in ("--subject", "--author", "--source"):
        refused = command(*ADD, option, hostile)
        assert (refused.code, "control character U+009B" in refused.err) == (1, True)
    assert "\\x1b" in command("memory", "add", "Who?", "Ada", "--id", "a\x1b[2J").err
    command(*ADD[:3], "two\nlines \u202eleft", "--id", "b")
    lines = command("memory", "show", "b").out.splitlines()
    assert "target       two lines left" in lines


def test_a_file_of_others_does_not_steer_the_terminal(command):
    command(*ADD, "--encoder", "e\x1b[2J\x9b2J")
    with sqlite3.connect("edits.sqlite") as database:
        database.execute("UPDATE change SET kind = 'add\x1b[2J\nchange 2'")
    database.close()
    shown = command("memory", "show", "a").out.splitlines()
    assert shown[-1].endswith(" add [2J change 2: came into force")
    plan = command("serve", "-m", "openai/m@http://127.0.0.1:1/v1", "--dry-run").out
    for text in (command("memory", "stats").out, plan):
        (line,) = [line for line in text.splitlines() if line.startswith("encoder ")]
        assert line.split()[1].startswith("e\u241b[2J\ufffd2J")


def test_stats_and_another_encoder(command):
    command(*ADD, "--encoder", "first")
    command("memory", "add", "Who?", "Eve", "-n", "team", "--encoder", "first")
    stats = command("memory", "stats", "--json").json
    assert (stats["encoder"], stats["namespaces"]) == ("first#of-first", {"default": 1, "team": 1})
    assert "namespaces  default (1), team (1)" in command("memory", "stats").out
    assert "team" in command("memory", "list").out
    assert "2 edits embedded by second" in command("memory", "reembed", "--encoder", "second").err
    assert command("memory", "search", "Acme", "--json").json[0]["id"] == "a"


def test_calibrate(command, tmp_path):
    for name, prompt in (("a", "Who leads Acme?"), ("b", "Where does Bob live?")):
        command("memory", "add", prompt, "xyz", "--id", name, "--subject", name)
    rows = [
        {"question": "Who leads Acme", "edit_id": "a"},
        {"question": "Where does Bob live", "edit_id": "b"},
        {"question": "Why is grass green"},
        {"question": "zzz qqq", "edit_id": None},
    ]
    (tmp_path / "q.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    tried = command("memory", "calibrate", "q.jsonl", "--dry-run", "--json").json
    assert (tried["best"]["found"], tried["best"]["untouched"], tried["stored"]) == (1, 1, False)
    assert command("memory", "stats", "--json").json["threshold"] is None
    shown = command("memory", "calibrate", "q.jsonl")
    assert "100.0%\t100.0%\t100.0%\tbest" in shown.out
    stored = command("memory", "stats", "--json").json["threshold"]
    assert stored == pytest.approx(tried["best"]["threshold"], abs=1e-4)
    assert command("memory", "search", "Why is grass green", "--json").json == []
    assert command("memory", "search", "Who leads Acme", "--json").json[0]["id"] == "a"
    (tmp_path / "q.jsonl").write_text('{"question": "x", "edit_id": "zz"}\n')
    wrong = command("memory", "calibrate", "q.jsonl")
    assert (wrong.code, "'zz' is not in force in 'default'" in wrong.err) == (1, True)


def test_an_import_says_how_much_it_keeps_at_a_time(command):
    from lte_edit.cli_memory import files

    told = " ".join(command("memory", "import", "--help").out.split())
    assert f"commits {files._BATCH} edits at a time" in told


def test_of_rows_about_the_same_the_last_one_holds_however_often_they_come(
    command, tmp_path, monkeypatch
):
    monkeypatch.setattr("lte_edit.cli_memory.files._BATCH", 2)
    names = ["Acme", "Bolt", "Cog", "ACME", "Dot", "Bolt", "Acme", "Acme"]
    targets = ["Ada", "Bob", "Cleo", "Eve", "Dora", "Bob", "Grace", "Grace"]
    rows = [
        {"prompt": f"Who leads {name}?", "subject": name, "target": target}
        for name, target in zip(names, targets, strict=True)
    ]
    for part, name in ((rows[:5], "one.jsonl"), (rows[5:], "two.jsonl")):
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in part))
    files = ("memory", "import", "one.jsonl", "two.jsonl", "--json")
    assert command(*files).json == {
        "read": 8, "invalid": 0, "added": 4, "superseded": 2, "unchanged": 2,
    }  # fmt: skip
    before = command("memory", "list", "--json").json
    assert [edit["target"] for edit in before] == ["Bob", "Cleo", "Dora", "Grace"]
    changes = command("memory", "stats", "--json").json["changes"]
    assert command(*files).json["added"] == 0
    assert command("memory", "list", "--json").json == before
    assert command("memory", "stats", "--json").json["changes"] == changes == 2


def test_a_spreadsheet_can_be_imported(command, tmp_path):
    text = "prompt,target,rephrasings\nWho leads Acme?,Ada,Boss?\nWhere?,Rome,\n"
    (tmp_path / "in.csv").write_text(text)
    assert command("memory", "import", "in.csv", "-n", "team", "--json").json["added"] == 2
    command("memory", "export", "-o", "out.csv", "-n", "team")
    assert command("memory", "import", "out.csv", "--json").json["unchanged"] == 2
    (tmp_path / "in.csv").write_text("prompt,target\nWho?\n")
    wrong = command("memory", "import", "in.csv")
    assert wrong.err == "error: in.csv, row 2, field 'target': is missing; expected text\n"


def test_an_import_that_cannot_be_keeps_nothing(command, tmp_path):
    command(*ADD)
    rows = [
        {"prompt": "Why?", "target": "So", "id": "c"},
        {"prompt": "Who?", "target": "Eve", "id": "a"},
        {"prompt": "How?", "target": "Well", "id": "c"},
    ]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    twice = command("memory", "import", "in.jsonl")
    assert "in.jsonl, row 3, field 'id': the id 'c' stands in row 1 already" in twice.err
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows[:2]))
    for extra in ((), ("--dry-run",)):
        taken = command("memory", "import", "in.jsonl", *extra)
        assert taken.code == 1
        assert "row 2, field 'id': the id 'a' belongs to another edit of edits.sqlite" in taken.err
    assert command("memory", "stats", "--json").json["changes"] == 1
    went_on = command("memory", "import", "in.jsonl", "--skip-invalid", "--json").json
    assert (went_on["added"], went_on["invalid"]) == (1, 1)


def test_what_changes_tells_programs_too(command):
    for name in "abc":
        command("memory", "add", f"Who is {name}?", "Ada", "--id", name)
    page = command("memory", "list", "--limit", 1, "--offset", 1, "--json").json
    assert [edit["id"] for edit in page] == ["b"]
    far = 10**20
    assert len(command("memory", "list", "--limit", far, "--json").json) == 3
    assert command("memory", "list", "--offset", far, "--json").json == []
    assert command("memory", "list", "--at", far).code == 2
    assert len(command("memory", "search", "Who?", "--k", far, "--json").json) == 3
    assert command("memory", "remove", "a", "b", "a", "--json").json == {
        "change": 4,
        "removed": ["a", "b"],
    }
    assert command("memory", "export", "-o", "out.jsonl", "--json").json == {
        "edits": 1,
        "output": "out.jsonl",
    }
    assert command("memory", "reembed", "--encoder", "new", "--json").json == {
        "edits": 3,
        "encoder": "new#of-new",
    }


def test_an_encoder_that_is_nowhere_leaves_no_memory(command, tmp_path, monkeypatch):
    def nowhere(spec):
        raise ModelError(f"the encoder '{spec}' cannot be loaded")

    monkeypatch.setattr("lte_edit.encoder.load_encoder", nowhere)
    result = command(*ADD, "--encoder", "gone")
    assert (result.code, result.out) == (1, "")
    assert not (tmp_path / "edits.sqlite").exists()


def test_the_environment_names_the_memory(command, monkeypatch, tmp_path):
    monkeypatch.setenv("LTE_EDIT_MEMORY", "mine.sqlite")
    command(*ADD)
    assert (tmp_path / "mine.sqlite").exists()
    assert command("memory", "list").out.startswith("a\tWho leads Acme?\tAda\tAcme")


def test_on_a_terminal_a_table_is_cut(command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    command("memory", "add", "Who? " * 40, "Ada", "--id", "a", "--note", "one\x1b[2Jtwo")
    command("memory", "add", "北京" * 40, "中国", "--id", "b", "--subject", "北京")
    monkeypatch.setattr("lte_edit.cli_memory.tables.sys.stdout.isatty", lambda: True)
    assert command("memory", "list").out.splitlines() == [
        "id  prompt               target  subject",
        "a   Who? Who? Who? Who…  Ada",
        "b   北京北京北京北京北…  中国    北京",
    ]
    assert "\x1b" not in command("memory", "history").out
