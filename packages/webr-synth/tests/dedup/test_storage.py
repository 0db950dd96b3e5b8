"""An index on disk: there and back, and what is refused."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from truing_core.errors import InputError
from webr_synth.dedup import Match, NearDuplicates
from webr_synth.dedup import storage as storage_module

TEXTS = [
    "Write a short story about a dog that learns to swim in the cold lake",
    "Say hello",
    "请根据下面的文章写一份详细的摘要并列出三个要点",
]


@pytest.fixture
def stored(tmp_path):
    index = NearDuplicates()
    index.add_batch(["one", "two \ud800", "three"], TEXTS)
    path = tmp_path / "folder" / "index.parquet"
    index.save(path)
    return path


def test_there_and_back(stored, tmp_path):
    index = NearDuplicates()
    index.add_batch(["old"], ["Something that was there before the index was read"])
    index.load(stored)
    assert len(index) == 4
    found = index.match_batch(["a", "b", "c", "d"], [TEXTS[0] + "!", *TEXTS[1:], "new"])
    names = ("one", "two ?", "three")
    assert found == [*(Match(name, 1.0, at) for at, name in enumerate(names, 1)), None]
    index.save(stored)
    again = NearDuplicates()
    again.load(stored)
    assert len(again) == 5


def test_in_several_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(storage_module, "_ROWS", 7)
    texts = [
        f"request number {number} about subject {number * 7} of my list" for number in range(50)
    ]
    index = NearDuplicates()
    assert index.add_batch([str(at) for at in range(50)], texts) == [None] * 50
    index.save(tmp_path / "i.parquet")
    again = NearDuplicates()
    again.load(tmp_path / "i.parquet")
    assert again.add_batch(["x"] * 50, texts) == [str(at) for at in range(50)]


def test_an_empty_index(tmp_path):
    NearDuplicates().save(tmp_path / "i.parquet")
    index = NearDuplicates()
    index.load(tmp_path / "i.parquet")
    assert len(index) == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"threshold": 0.8}, "threshold 0.7 instead of 0.8"),
        ({"permutations": 64, "seed": 3}, "permutations 128 instead of 64, seed 0 instead of 3"),
        ({"shingle_words": 3}, "shingles 5 instead of 3"),
        (
            {"tokenizer": lambda texts: [[1] for _ in texts], "tokenizer_name": "t"},
            "shingles 5 instead of released, tokenizer None instead of t",
        ),
    ],
)
def test_other_settings_are_refused(stored, options, said):
    with pytest.raises(InputError) as raised:
        NearDuplicates(**options).load(stored)
    assert str(raised.value) == (
        f"{stored}: the index was made with {said}; give the same settings or another index"
    )


def rewritten(path, *, metadata=None, columns=None):
    table = pq.read_table(path)
    if columns:
        table = table.select(columns)
    pq.write_table(table.replace_schema_metadata(metadata or table.schema.metadata), path)


def test_no_index(stored, tmp_path):
    def refusal(path):
        with pytest.raises(InputError) as raised:
            NearDuplicates().load(path)
        return str(raised.value)

    assert refusal(tmp_path / "none") == f"{tmp_path / 'none'}: there is no such index"
    (tmp_path / "text").write_text("no Parquet")
    assert "no index of near-duplicates: " in refusal(tmp_path / "text")
    pq.write_table(pa.table({"id": ["a"]}), tmp_path / "other.parquet")
    assert refusal(tmp_path / "other.parquet").endswith("but another Parquet file")
    rewritten(stored, columns=["id", "buckets"])
    assert "no index of near-duplicates: " in refusal(stored)
    rewritten(stored, metadata={storage_module._KEY: b'{"version": 2}'})
    assert "an index of near-duplicates of version 2, but this program reads version 1" in refusal(
        stored
    )
    rewritten(stored, metadata={storage_module._KEY: b"not json"})
    assert "of version None" in refusal(stored)


@pytest.mark.parametrize(
    ("column", "value"), [("buckets", [1, 2]), ("marks", b"short"), ("shingles", []), ("id", None)]
)
def test_rows_that_are_not_whole_are_refused(stored, column, value):
    table = pq.read_table(stored)
    field = table.schema.field(column)
    broken = pa.array([value] * len(table), field.type)
    table = table.set_column(table.schema.get_field_index(column), field, broken)
    pq.write_table(table, stored)
    with pytest.raises(InputError, match="no whole index"):
        NearDuplicates().load(stored)
