"""Rows from files of every kind, and what is said of bad ones."""

from __future__ import annotations

import json

import pytest

from truing_core.errors import InputError, UsageError
from truing_core.records import write_rows

datasets = pytest.importorskip("datasets", reason="needs the extra train")

from truing_core.training.datafiles import load_rows  # noqa: E402


@pytest.fixture
def pairs():
    return [{"prompt": f"p{n}", "chosen": f"c{n}", "rejected": f"r{n}"} for n in range(4)]


@pytest.fixture
def lines(tmp_path, pairs):
    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
    return path


def test_lines_and_parquet(lines, tmp_path, pairs):
    loaded = load_rows(str(lines))
    assert loaded[:] == datasets.Dataset.from_list(pairs)[:]
    loaded.to_parquet(str(tmp_path / "p.parquet"))
    assert load_rows(str(tmp_path / "p.parquet"))[:] == loaded[:]
    assert len(load_rows(str(lines), limit=2)) == 2
    assert len(load_rows(str(lines), limit=99)) == 4


def test_streaming(lines, pairs):
    streamed = load_rows(str(lines), streaming=True, limit=3)
    assert isinstance(streamed, datasets.IterableDataset)
    assert list(streamed) == pairs[:3]


def test_bad_files(lines, tmp_path):
    with pytest.raises(InputError, match=r"no\.jsonl: there is no such file"):
        load_rows(str(tmp_path / "no.jsonl"))
    with open(lines, "a") as file:
        file.write('{"prompt": "cut off')
    with pytest.raises(InputError, match=r"pairs\.jsonl, row 5"):
        load_rows(str(lines))
    (tmp_path / "p.parquet").write_bytes(b"PAR1 nothing")
    with pytest.raises(InputError, match=r"p\.parquet: cannot be read"):
        load_rows(str(tmp_path / "p.parquet"))
    (tmp_path / "mixed.jsonl").write_text('{"chosen": "a"}\n{"chosen": [1]}\n')
    with pytest.raises(
        InputError, match=r"row 2, field 'chosen': is a list of messages, and text in the first row"
    ):
        load_rows(str(tmp_path / "mixed.jsonl"), columns=["chosen"])
    with pytest.raises(UsageError, match="limit is 0"):
        load_rows(str(lines), limit=0)


def test_a_data_set_that_is_nowhere(monkeypatch):
    with pytest.raises(InputError, match="data set nobody/nothing-here: cannot be read"):
        load_rows("nobody/nothing-here")


def test_one_column_of_lines_whose_others_do_not_go_together(tmp_path):
    path = tmp_path / "rows.jsonl"
    rows = [{"text": "a", "url": None}, {"text": "b", "url": ["x"]}, {"text": "c", "url": 3}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    assert load_rows(str(path), only="text")[:] == {"text": ["a", "b", "c"]}
    assert list(load_rows(str(path), only="text", streaming=True)) == [
        {"text": each} for each in "abc"
    ]
    table = tmp_path / "rows.parquet"
    write_rows(table, [{"text": "a", "n": 1}])
    assert load_rows(str(table), only="text").column_names == ["text"]
    assert load_rows(str(table), only="other").column_names == ["text", "n"]


def test_a_folder_of_shards(tmp_path):
    write_rows(tmp_path / "part-00001.parquet", [{"text": "b", "url": "x"}])
    write_rows(tmp_path / "part-00000.parquet", [{"text": "a", "url": None}])
    assert load_rows(str(tmp_path), only="text")[:] == {"text": ["a", "b"]}
    (tmp_path / "part-00002.parquet").write_bytes(b"no parquet")
    with pytest.raises(InputError, match=r"[/\\]part-00002\.parquet: cannot be read"):
        load_rows(str(tmp_path), only="text")
