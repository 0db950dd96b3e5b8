"""Rows survive a kill at any byte, and only whole records count."""

from __future__ import annotations

import pytest

from lte_edit.evaluation.choices import Setting
from lte_edit.evaluation.rows import RowFile, key_of
from truing_core.errors import ResumeError

KEY = ("lte", "mass", 10)


def row(record, text="x", key=KEY):
    return {"method": key[0], "setting": key[1], "edits": key[2], "record": record, "text": text}


def test_what_is_on_disk_is_known_again(tmp_path):
    path = tmp_path / "rows.jsonl"
    RowFile(path, [2, 1, 1]).add([row(0, "a"), row(0, "b"), row(2, "é")])
    again = RowFile(path, [2, 1, 1])
    assert again.known(KEY) == {0, 2}
    assert [each["text"] for each in again.rows(KEY, 3)] == ["a", "b", "é"]
    assert [each["text"] for each in again.rows(KEY, 1)] == ["a", "b"]
    assert again.known(("lte", "mass", 20)) == set()
    again.add([row(1, "c")])
    assert [each["text"] for each in RowFile(path, [2, 1, 1]).rows(KEY, 3)] == ["a", "b", "c", "é"]


def test_a_file_cut_anywhere_loses_only_its_last_record(tmp_path):
    path = tmp_path / "rows.jsonl"
    RowFile(path, [2, 2]).add([row(0), row(0), row(1), row(1)])
    whole = path.read_bytes()
    for cut in range(len(whole) // 2, len(whole)):
        path.write_bytes(whole[:cut])
        assert RowFile(path, [2, 2]).known(KEY) == {0}
        assert path.read_bytes() == whole[: len(whole) // 2]


def test_damage_is_told(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"method": "lte"}\n')
    with pytest.raises(ResumeError, match=r"rows\.jsonl, line 1 is damaged; --fresh"):
        RowFile(path, [1])


def test_single_edits_do_not_depend_on_how_many_there_are():
    assert key_of("lte", Setting("single", 5), 5) == key_of("lte", Setting("single"), 9)
    assert key_of("lte", Setting("mass", 5), 5) != key_of("lte", Setting("mass"), 9)
