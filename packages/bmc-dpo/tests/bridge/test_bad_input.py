"""Whatever is wrong with what the user gives: one clear sentence, and nothing asked or lost."""

from __future__ import annotations

import json

import pytest

GOOD = {"prompt": "Why?", "chosen": "So.", "rejected": "No."}


def refused(result, *parts, code=1):
    """The command said one sentence with these parts, and nothing else."""
    assert (result.code, result.out) == (code, "")
    assert result.err.startswith("error: ")
    assert result.err.count("\n") == 1
    for part in parts:
        assert part in result.err


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"prompt": "a", "chosen": "b"}, "prefs.jsonl, row 2: there is no column 'rejected'"),
        ({**GOOD, "chosen": ""}, "prefs.jsonl, row 2, field 'chosen': is empty"),
        ({**GOOD, "rejected": 3.5}, "row 2, field 'rejected': is a number; expected text"),
        (
            {**GOOD, "chosen": [{"role": "assistant", "content": "So."}]},
            "row 2: chosen is messages and rejected is text",
        ),
    ],
)
def test_rows_that_are_no_pairs(command, write_pairs, hire, tmp_path, row, message):
    editor = hire()
    write_pairs([GOOD, row])
    refused(command("prefs.jsonl", "-e", editor.spec, "-o", "o.parquet"), message)
    assert editor.server.total == 0
    assert [path.name for path in tmp_path.iterdir()] == ["prefs.jsonl"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "p.jsonl: the file is empty"),
        (b'{"prompt": "a", "ch', "p.jsonl, row 1: "),
        (b"[1]\n", "row 1: expected an object, found a list"),
        ('{"prompt": "é"}\n'.encode("latin-1"), "byte 0xe9 at offset"),
    ],
)
def test_files_that_are_none(command, tmp_path, content, message):
    (tmp_path / "p.jsonl").write_bytes(content)
    refused(command("p.jsonl", "-e", "demo", "-o", "o.parquet"), message)


@pytest.mark.parametrize(
    ("args", "message", "code"),
    [
        (("--task", "maths"), "--task is 'maths'; expected qa, math, instruction or auto", 2),
        (("--on-failure", "shrug"), "--on-failure is 'shrug'; expected keep or drop", 2),
        (("--fraction", "1.5"), "--fraction", 2),
        (("--few-shot", "9"), "--few-shot 9 is too many: there are 4 examples for task", 2),
        (("--examples", "e.jsonl"), "--examples needs --few-shot N", 2),
        (("--few-shot", "1", "--examples", "e.jsonl"), "e.jsonl: there is no such file", 1),
        (("--prompts", "nowhere"), "the prompts folder 'nowhere' does not exist", 2),
        (("--max-cost", "1"), "--max-cost needs --price IN,OUT", 2),
        (("-o", "o.txt"), "-o 'o.txt': expected a name that ends in .parquet, .jsonl or .json", 2),
        (("-o", "."), "-o '.'", 2),
        (("-o", "prefs.jsonl"), "-o 'prefs.jsonl' is the data itself; name another file", 2),
    ],
)
def test_options_that_cannot_be(command, write_pairs, hire, tmp_path, args, message, code):
    editor = hire()
    write_pairs([GOOD])
    before = (tmp_path / "prefs.jsonl").read_bytes()
    refused(command("prefs.jsonl", "-e", editor.spec, "-o", "o.parquet", *args), message, code=code)
    assert editor.server.total == 0
    assert (tmp_path / "prefs.jsonl").read_bytes() == before
    assert not (tmp_path / "o.parquet").exists()


def test_examples_that_are_none(command, write_pairs, hire, tmp_path):
    editor = hire()
    write_pairs([GOOD])
    (tmp_path / "e.jsonl").write_text(json.dumps({**GOOD, "edited": "So.", "task": "poem"}))
    args = ("prefs.jsonl", "-e", editor.spec, "-o", "o.parquet", "--few-shot", 1)
    refused(command(*args, "--examples", "e.jsonl"), "e.jsonl, row 1, field 'task': Input should")


def test_columns_that_parquet_cannot_hold_are_refused_before_anything_is_paid_for(
    command, write_pairs, hire, tmp_path
):
    editor = hire()
    write_pairs([{**GOOD, "mixed": 1}, {**GOOD, "mixed": "one"}])
    args = ("prefs.jsonl", "-e", editor.spec, "-o")
    refused(command(*args, "o.parquet"), "field 'mixed': not all of one type")
    assert editor.server.total == 0
    assert not [path for path in tmp_path.rglob("probe*")]
    said = "<no-change-MARK/>"
    editor.says["Why"] = [said]
    assert command(*args, "o.jsonl").code == 0


def test_data_that_is_bridged_already(command, write_pairs, hire, tmp_path):
    editor = hire()
    write_pairs(2)
    assert command("prefs.jsonl", "-e", editor.spec, "-o", "once.parquet").code == 0
    refused(
        command("once.parquet", "-e", editor.spec, "-o", "twice.parquet"),
        "once.parquet, row 1, field 'chosen_original': the data is bridged already; give the "
        "original pairs",
    )
    assert editor.server.total == 2


def test_a_folder_of_other_data(command, write_pairs, hire):
    editor = hire()
    write_pairs(2)
    args = ("-e", editor.spec, "-o", "o.parquet", "--run-dir", "r")
    assert command("prefs.jsonl", *args).code == 0
    write_pairs(3)
    refused(command("prefs.jsonl", *args), "holds a run of another config (data.rows: 2 → 3")
    refused(command("prefs.jsonl", *args, "--max-change", 0.1), "bridge.gates.max_change")
    assert command("prefs.jsonl", *args, "--fresh").code == 0


def test_a_server_that_is_not_there(command, write_pairs, tmp_path):
    write_pairs(2)
    result = command("prefs.jsonl", "-e", "openai/m@http://127.0.0.1:9", "-o", "o.parquet",
                     "--max-retries", 0)  # fmt: skip
    assert result.code == 1
    assert "error: " in result.err.splitlines()[-1]
    assert "Traceback" not in result.err


def test_damaged_edits_do_not_stop_a_run(command, write_pairs, hire, tmp_path, rows):
    editor = hire()
    write_pairs(3)
    args = ("prefs.jsonl", "-e", editor.spec, "-o", "o.parquet", "--run-dir", "r")
    assert command(*args).code == 0
    (tmp_path / "r/edits.jsonl").write_text('{"id": 1}')
    (tmp_path / "o.parquet").unlink()
    assert command(*args).code == 0
    assert editor.server.total == 3
    assert len(rows(tmp_path / "o.parquet")) == 3
