"""``lte-edit build-data`` as a user types it."""

from __future__ import annotations

import json

import pytest

from truing_core.records import read_rows
from truing_core.testing.server import ChatServer


@pytest.fixture
def facts(tmp_path):
    rows = [
        {
            "prompt": f"Who leads firm {name}?", "target_new": name * 3, "subject": f"firm {name}",
            "locality": {"Other": [{"prompt": f"Where is firm {name}?", "ground_truth": "Rome"},
                                   {"prompt": "Why?", "ground_truth": []}]},
        }
        for name in "abcd"
    ]  # fmt: skip
    (tmp_path / "facts.json").write_text(json.dumps(rows))
    return "facts.json"


def test_from_edits_to_a_data_set(command, facts, tmp_path):
    with ChatServer(reply=lambda body: "I do not know.") as server:
        responder = ("--responder", f"openai/m@{server.url}", "--mix", "all", "-o", "out.parquet")
        planned = command("build-data", facts, *responder, "--dry-run", "--json").json
        assert planned["build-data"]["requests"] == 8
        fewer = (*responder, "--out-of-scope", "file", "--dry-run", "--json")
        assert command("build-data", facts, *fewer).json["build-data"]["requests"] == 4
        made = command("build-data", facts, *responder, "--json")
        assert (made.code, made.json["rows"], made.json["pairs"]) == (0, 16, 8)
        assert "left out: 4 questions without an answer" in made.err
        again = command("build-data", facts, *responder)
        assert server.total == 8
    assert ["facts", "in", "Edit", "4"] in [line.split() for line in again.out.splitlines()]
    assert "16 rows in out.parquet" in again.err
    rows = [row for _, row in read_rows(tmp_path / "out.parquet")]
    assert [row["messages"][-1]["content"] for row in rows[:4]] == [
        "aaa", "I do not know.", "I do not know.", "I do not know.",
    ]  # fmt: skip
    assert "facts" in command("build-data", facts, *responder, "--dry-run").out


def test_general_instructions(command, facts, tmp_path):
    talks = [
        {"messages": [{"role": "user", "content": f"Say {n}."},
                      {"role": "assistant", "content": str(n)}]}
        for n in range(5)
    ]  # fmt: skip
    (tmp_path / "talks.jsonl").write_text("".join(json.dumps(talk) + "\n" for talk in talks))
    (tmp_path / "mix.yaml").write_text("'*': {in: 0, out: 0}")
    drawn = ("--instructions", "talks.jsonl", "--max-instructions", 2)
    made = command("build-data", facts, "--responder", "openai/m@http://127.0.0.1:9/v1",
                   "--mix", "mix.yaml", *drawn, "-o", "out.jsonl", "--json")  # fmt: skip
    assert (made.code, made.json["pairs"]) == (0, 2)
    rows = [row for _, row in read_rows(tmp_path / "out.jsonl")]
    assert [row["n_facts"] > 0 for row in rows] == [True, False, True, False]
    assert all(row["messages"][-1]["content"] in row["messages"][0]["content"] for row in rows)


@pytest.mark.parametrize(
    ("talk", "said"),
    [
        ({"text": "x"}, "expected a list of two or more messages"),
        ({"messages": [{"role": "bot", "content": "x"}] * 2}, "expected messages with a role"),
        ({"messages": [{"role": "user", "content": "x"}] * 2}, "expected a question of the user"),
    ],
)
def test_instructions_that_cannot_be(command, facts, tmp_path, talk, said):
    (tmp_path / "talks.jsonl").write_text(json.dumps(talk) + "\n")
    result = command("build-data", facts, "--responder", "openai/m@http://127.0.0.1:9/v1",
                     "--instructions", "talks.jsonl", "-o", "out.jsonl")  # fmt: skip
    assert result.code == 1
    assert f"talks.jsonl, row 1, field 'messages': {said}" in result.err


@pytest.mark.parametrize("there", [True, False])
def test_a_dot_makes_no_file_of_a_hub_id(command, facts, tmp_path, monkeypatch, there):
    asked = []

    def hub(repo):
        asked.append(repo)
        yield 1, {"messages": [{"role": "user", "content": "Hi"},
                               {"role": "assistant", "content": "Ho"}]}  # fmt: skip

    monkeypatch.setattr("lte_edit.alignment.instructions.read_hub", hub)
    if there:
        (tmp_path / "talks.v1").write_text("x")
    name = "talks.v1" if there else "org/talks-v1.5"
    (tmp_path / "mix.yaml").write_text("'*': {in: 0, out: 0}")
    made = command("build-data", facts, "-m", "openai/m@http://127.0.0.1:9/v1", "--mix",
                   "mix.yaml", "--instructions", name, "-o", "out.jsonl", "--json")  # fmt: skip
    if there:
        assert (made.code, "talks.v1: unknown kind of file" in made.err) == (1, True)
    else:
        assert (made.code, made.json["pairs"], asked) == (0, 1, ["org/talks-v1.5"])


@pytest.mark.parametrize("name", ["org/talks", "./org/talks"])
def test_instructions_in_a_folder(command, facts, tmp_path, name):
    (tmp_path / "org/talks").mkdir(parents=True)
    (tmp_path / "mix.yaml").write_text("'*': {in: 0, out: 0}")
    common = ("build-data", facts, "-m", "openai/m@http://127.0.0.1:9/v1", "--mix", "mix.yaml",
              "--instructions", name, "-o", "out.jsonl", "--json")  # fmt: skip
    empty = command(*common)
    assert (empty.code, empty.err.count("\n")) == (1, 1)
    assert f"{name}: cannot be read: " in empty.err
    assert "doesn't contain any data files" in empty.err
    talk = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]
    (tmp_path / "org/talks/train.jsonl").write_text(json.dumps({"messages": talk}) + "\n")
    made = command(*common)
    assert (made.code, made.json["pairs"]) == (0, 1), made.err
    rows = [row for _, row in read_rows(tmp_path / "out.jsonl")]
    assert [row["messages"][-1]["content"] for row in rows] == ["Ho", "Ho"]


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("align.txt", "name a .parquet or a .jsonl file"),
        ("align.csv", "name a .parquet or a .jsonl file"),
        ("folder.jsonl", "is a folder"),
        ("./rows.jsonl", "is an input"),
    ],
)
def test_where_the_data_set_cannot_go_nothing_is_asked(command, facts, tmp_path, output, said):
    (tmp_path / "folder.jsonl").mkdir()
    (tmp_path / "rows.jsonl").write_text('{"prompt": "Who?", "target": "He"}\n')
    with ChatServer() as server:
        done = command("build-data", facts, "rows.jsonl", "-m", f"openai/m@{server.url}",
                       "-o", output)  # fmt: skip
        assert server.total == 0
    assert (done.code, said in done.err) == (2, True), done.err
    assert not list(tmp_path.glob("*.run"))


def test_the_instructions_are_not_overwritten(command, facts, tmp_path):
    talks = tmp_path / "talks.jsonl"
    talks.write_text('{"messages": [{"role": "user", "content": "Hi"}, '
                     '{"role": "assistant", "content": "Ho"}]}\n')  # fmt: skip
    before = talks.read_bytes()
    with ChatServer() as server:
        done = command("build-data", facts, "-m", f"openai/m@{server.url}",
                       "--instructions", "talks.jsonl", "-o", "./talks.jsonl")  # fmt: skip
        assert server.total == 0
    assert (done.code, "'talks.jsonl' is an input" in done.err) == (2, True), done.err
    assert talks.read_bytes() == before


def test_names_of_a_file_do_not_steer_the_terminal(command, tmp_path):
    aspects = {"a\x1b[2J": [{"prompt": "Is it he?", "ground_truth": "Yes"}]}
    row = {"prompt": "Who?", "target": "He", "portability": aspects}
    (tmp_path / "facts.jsonl").write_text(json.dumps(row) + "\n")
    done = command("build-data", "facts.jsonl", "-m", "openai/m@http://127.0.0.1:9/v1", "--mix",
                   "all", "-o", "out.jsonl", "--dry-run")  # fmt: skip
    assert (done.code, "a\u241b[2J" in done.out, "\x1b" in done.out) == (0, True, False), done.err


def test_misuse(command, facts):
    common = (facts, "--responder", "demo", "-o", "x.jsonl")
    assert (
        "expected shuffled or first"
        in command("build-data", *common, "--gold-position", "last").err
    )
    result = command("build-data", *common, "--out-of-scope", "nobody")
    assert (result.code, "expected responder or file" in result.err) == (2, True)
    assert command("build-data", *common, "--mix", "none").code == 2
    missing = command("build-data", "none.json", *common[1:])
    assert (missing.code, "none.json" in missing.err) == (1, True)
