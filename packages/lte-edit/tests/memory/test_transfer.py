"""Edits in and out of files."""

from __future__ import annotations

import json

import pytest

from lte_edit.edits import Edit
from lte_edit.memory.transfer import read_edits, read_files, rows_of
from truing_core.errors import InputError
from truing_core.records import write_rows

EDITS = [
    Edit(
        id="a", prompt="Who leads Acme, today?", target='Ada "B" Byron', subject="Acme",
        rephrasings=("Acme's head?", "The boss\nof Acme?"), author="me", source="news",
        namespace="team",
    ),
    Edit(id="b", prompt="北京在哪里？", target="中国"),
]  # fmt: skip


@pytest.mark.parametrize("name", ["e.jsonl", "e.json", "e.jsonl.gz", "e.parquet", "e.csv"])
def test_what_is_written_is_read_again(tmp_path, name):
    assert write_rows(tmp_path / name, rows_of(EDITS)) == 2
    assert [placed.edit for placed in read_edits(tmp_path / name)] == EDITS


def test_names_of_other_formats(tmp_path):
    row = {"prompt": "Where?", "target_new": "Rome", "rephrase": "In what city?", "locality": {}}
    (tmp_path / "e.json").write_text(json.dumps([row]))
    (placed,) = read_edits(tmp_path / "e.json", "team")
    assert (placed.edit.target, placed.edit.rephrasings) == ("Rome", ("In what city?",))
    assert (placed.edit.namespace, placed.row) == ("team", 1)


def test_a_spreadsheet(tmp_path):
    text = "\ufeffprompt,target,subject,rephrasings\nWho?,Ada,,[?] who\n\nWhy?,So,x,\n"
    (tmp_path / "e.csv").write_text(text, "utf-8")
    one, two = (placed.edit for placed in read_edits(tmp_path / "e.csv"))
    assert [placed.row for placed in read_edits(tmp_path / "e.csv")] == [2, 4]
    assert (one.prompt, one.subject, one.rephrasings) == ("Who?", "", ("[?] who",))
    assert (two.target, two.subject, two.rephrasings) == ("So", "x", ())


@pytest.mark.parametrize(
    ("content", "row", "said"),
    [
        (b"", None, "the file is empty"),
        (b"prompt,target\nWho?\n", 2, "is missing; expected text"),
        (b'prompt,target\n\n"Who\n?",Ada\n\nWho, then?,Ada\n', 5, "more cells than"),
        (b'prompt,target\n\n\n"Who?,Ada\n', 4, "no valid CSV"),
        (b"prompt,target\nWho?,Ada\nWho, then?,Ada\n", 3, "more cells than the header's 2"),
        (b'prompt,target\n"Who?,Ada\n', 2, "no valid CSV"),
        (b"prompt,target\nWh\xff?,Ada\n", None, "is no UTF-8 text"),
    ],
)
def test_spreadsheets_that_cannot_be(tmp_path, content, row, said):
    (tmp_path / "e.csv").write_bytes(content)
    with pytest.raises(InputError, match=said) as raised:
        list(read_edits(tmp_path / "e.csv"))
    assert raised.value.row == row


@pytest.mark.parametrize(
    ("row", "field", "said"),
    [
        ({"prompt": "Who?"}, "target", "is missing"),
        ({"prompt": "", "target": "x"}, "prompt", "is missing"),
        ({"prompt": "Who?", "target": 3}, "target", "expected text"),
        ({"prompt": "Who?", "target": "x", "rephrasings": ["", "y"]}, "rephrasings.0", "is empty"),
        ({"prompt": "Who?", "target": "x", "namespace": "a b"}, "namespace", "expected letters"),
        ({"prompt": "Who?", "target": "\ud83d"}, "target", "Unicode"),
    ],
)
def test_rows_that_cannot_be(tmp_path, row, field, said):
    (tmp_path / "e.jsonl").write_text('{"prompt": "a", "target": "b"}\n' + json.dumps(row) + "\n")
    with pytest.raises(InputError, match=said) as raised:
        list(read_edits(tmp_path / "e.jsonl"))
    assert (raised.value.row, raised.value.field) == (2, field)
    skipped = []
    assert len(list(read_edits(tmp_path / "e.jsonl", None, skipped.append))) == 1
    assert [error.row for error in skipped] == [2]


def test_ids_differ_in_all_files(tmp_path):
    write_rows(tmp_path / "one.jsonl", rows_of(EDITS))
    write_rows(tmp_path / "two.jsonl", rows_of([EDITS[1], EDITS[1]]))
    with pytest.raises(InputError, match=r"row 2.*'b' stands in row 1 already"):
        read_files([tmp_path / "two.jsonl"], None)
    skipped = []
    placed = read_files([tmp_path / "one.jsonl", tmp_path / "two.jsonl"], None, skipped.append)
    assert [each.edit.id for each in placed] == ["a", "b"]
    assert "one.jsonl already" in str(skipped[0])
    assert len(skipped) == 2
