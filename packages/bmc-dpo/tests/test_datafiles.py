"""Pairs from files of every kind, and what is said of bad ones."""

from __future__ import annotations

import json

import pytest
from datasets import Dataset, IterableDataset

from bmc_dpo.datafiles import load_pairs
from truing_core.errors import InputError, UsageError


@pytest.fixture
def lines(tmp_path, pairs):
    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
    return path


def test_lines_and_parquet(lines, tmp_path, pairs):
    loaded = load_pairs(str(lines))
    assert loaded[:] == Dataset.from_list(pairs)[:]
    loaded.to_parquet(str(tmp_path / "p.parquet"))
    assert load_pairs(str(tmp_path / "p.parquet"))[:] == loaded[:]
    assert len(load_pairs(str(lines), limit=2)) == 2
    assert len(load_pairs(str(lines), limit=99)) == 4


def test_streaming(lines, pairs):
    streamed = load_pairs(str(lines), streaming=True, limit=3)
    assert isinstance(streamed, IterableDataset)
    assert list(streamed) == pairs[:3]


def test_bad_files(lines, tmp_path):
    with pytest.raises(InputError, match=r"no\.jsonl: there is no such file"):
        load_pairs(str(tmp_path / "no.jsonl"))
    with open(lines, "a") as file:
        file.write('{"prompt": "cut off')
    with pytest.raises(InputError, match=r"pairs\.jsonl, row 5"):
        load_pairs(str(lines))
    (tmp_path / "p.parquet").write_bytes(b"PAR1 nothing")
    with pytest.raises(InputError, match=r"p\.parquet: cannot be read"):
        load_pairs(str(tmp_path / "p.parquet"))
    (tmp_path / "mixed.jsonl").write_text('{"chosen": "a"}\n{"chosen": [1]}\n')
    with pytest.raises(
        InputError, match=r"row 2, field 'chosen': is a list of messages, and text in the first row"
    ):
        load_pairs(str(tmp_path / "mixed.jsonl"))
    with pytest.raises(UsageError, match="limit is 0"):
        load_pairs(str(lines), limit=0)


def test_a_data_set_that_is_nowhere(monkeypatch):
    with pytest.raises(InputError, match="data set nobody/nothing-here: cannot be read"):
        load_pairs("nobody/nothing-here")
