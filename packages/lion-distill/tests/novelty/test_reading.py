"""Texts of files: lists of strings, rows, and what is wrong with other ones."""

from __future__ import annotations

import json

import pytest

from lion_distill.novelty.reading import Entry, read_entries
from lion_distill.rows import instruction_id
from truing_core.errors import InputError
from truing_core.records import write_rows

ROWS = [
    {"instruction": "Sort these.", "input": "3 1 2", "output": "1 2 3"},
    {"id": "mine", "instruction": "Name a river.", "input": ""},
    {"id": 7, "instruction": "Name a tree.", "input": None},
]


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.jsonl.gz", "a.parquet"])
def test_rows(tmp_path, name):
    rows = [{**row, "id": str(row.get("id", "x"))} for row in ROWS]
    write_rows(tmp_path / name, rows)
    entries = list(read_entries(tmp_path / name))
    assert [entry.text for entry in entries] == [
        "Sort these.\n\n3 1 2", "Name a river.", "Name a tree.",
    ]  # fmt: skip
    assert [entry.id for entry in entries] == ["x", "mine", "7"]


def test_a_row_needs_no_id_and_stays_as_it_is(tmp_path):
    write_rows(tmp_path / "a.jsonl", ROWS)
    entries = list(read_entries(tmp_path / "a.jsonl"))
    assert [entry.row for entry in entries] == ROWS
    assert [entry.id for entry in entries] == [instruction_id("Sort these.", "3 1 2"), "mine", "7"]


@pytest.mark.parametrize("before", ["", "\ufeff", " \n "])
def test_strings(tmp_path, before):
    texts = ['Say "a"', "", "写一首诗 \ud83d\ude00"]
    (tmp_path / "a.json").write_text(before + json.dumps(texts), "utf-8")
    assert list(read_entries(tmp_path / "a.json")) == [
        Entry({"instruction": text}, instruction_id(text), text)
        for text in ('Say "a"', "", "写一首诗 😀")
    ]


@pytest.mark.parametrize(("name", "content"), [("a.jsonl", ""), ("a.json", "[]"), ("a.json", "")])
def test_a_file_without_rows(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    assert list(read_entries(tmp_path / name)) == []


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jsonl", None, "there is no such file"),
        ("a.txt", "hello", "unknown kind of file"),
        ("a.jsonl", '{"instruction": "x"}\n{"prompt": "y"}', "row 2, field 'instruction': expected "
         "the text of an instruction, found only prompt"),
        ("a.jsonl", '{"instruction": null}', "found null"),
        ("a.jsonl", '{"instruction": ["x"]}', "found a list"),
        ("a.jsonl", '{"instruction": "x", "input": 3}', "row 1, field 'input': expected text, "
         "found a number"),
        ("a.jsonl", '"x"', "expected an object, found a string"),
        ("a.json", '["x", {"instruction": "y"}]', "row 2: expected a string, as the first element "
         "is one, found an object"),
        ("a.json", '["x", 3]', "row 2: expected a string, as the first element is one, found a "
         "number"),
        ("a.json", '["x", "y', "no valid JSON: Unterminated string starting at line 1, "
         "column 7"),
        ("a.json", b'["\xff"]', "no UTF-8 text"),
        ("a.json", '["x", ' + "[" * 100_000, "nested too deeply"),
        ("a.json", "{}", "expected a list of objects, found an object"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_sentence(tmp_path, name, content, said):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as caught:
        list(read_entries(path))
    assert str(caught.value).startswith(str(path))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
