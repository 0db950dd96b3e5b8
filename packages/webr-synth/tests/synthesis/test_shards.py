"""Shards are whole, shuffled and joined row by row; places that will not do are refused first."""

from __future__ import annotations

import pytest

from truing_core.errors import InputError, TruingError, UsageError
from truing_core.records import read_rows
from webr_synth.rows import SynthRow
from webr_synth.synthesis.shards import Shards, check_output


def row(number, **more):
    facts = {
        "prompt_id": f"{number:04}-wi_whole", "doc_id": f"{number:04}", "perspective": "wi_whole",
        "messages": [
            {"role": "user", "content": f"q{number}"}, {"role": "assistant", "content": "a"}
        ],
        "author": "x", "request": f"q{number}", "draft": None, "document": "d",
        "section_chars": 1, "document_first": True, "length_limit": 50, "url": None,
        "language": None, "model": "demo", "seed": 0, **more,
    }  # fmt: skip
    return SynthRow(**facts)


def rows_of(path):
    return [each for _, each in read_rows(path)]


@pytest.mark.parametrize("name", ["out.parquet", "out.jsonl", "out.jsonl.gz", "out.json"])
def test_shards_are_joined_to_one_file(tmp_path, name):
    shards = Shards(tmp_path / name, tmp_path / "shards", 0, "run")
    shards.write(0, [row(number) for number in range(50)])
    # A column without a value, and one with, are of one type all the same.
    shards.write(1, [row(number, url="u", draft="d") for number in range(50, 60)])
    shards.join(2)
    found = rows_of(tmp_path / name)
    assert found == list(shards.read(2))
    names = [each["prompt_id"] for each in found]
    assert sorted(names[:50]) == [row(number).prompt_id for number in range(50)]
    assert names[:50] != sorted(names[:50])
    assert found[55]["url"] == "u"
    assert found[0] == {**row(int(found[0]["doc_id"])).row()}


def test_the_order_hangs_on_seed_and_rows_alone(tmp_path):
    orders = []
    for folder, seed, step in (("a", 0, 1), ("b", 0, -1), ("c", 1, 1)):
        shards = Shards(tmp_path / folder, tmp_path, seed, "run")
        shards.write(0, [row(number) for number in range(30)[::step]])
        orders.append([each["doc_id"] for each in shards.read(1)])
    assert orders[0] == orders[1] != orders[2]


def test_what_has_no_utf_8_is_replaced(tmp_path):
    shards = Shards(tmp_path / "o.jsonl", tmp_path / "s", 0, "run")
    shards.write(0, [row(1, author="a \ud83d b")])
    assert next(shards.read(1))["author"] == "a ? b"


def test_a_damaged_shard_is_named(tmp_path):
    shards = Shards(tmp_path / "o.parquet", tmp_path / "s", 0, "run")
    shards.write(0, [row(1)])
    (tmp_path / "s/part-00000.parquet").write_bytes(b"PAR1 not any more")
    with pytest.raises(InputError, match=r"part-00000\.parquet: the shard cannot be read"):
        shards.join(1)
    assert not (tmp_path / "o.parquet").exists()


def test_what_lies_behind_the_last_shard_goes(tmp_path):
    shards = Shards(tmp_path / "out", tmp_path, 0, "run")
    for number in range(3):
        shards.write(number, [row(number)])
    (tmp_path / "out/README.md").touch()
    shards.trim(2)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "README.md", "part-00000.parquet", "part-00001.parquet"
    ]  # fmt: skip


def test_shards_are_held_only_whole_and_if_they_are_the_runs_own(tmp_path):
    shards = Shards(tmp_path / "out", tmp_path, 0, "run")
    assert (shards.hold(0, 0), shards.rows()) == (True, 0)
    shards.write(0, [row(1), row(2)])
    shards.write(1, [row(3)])
    assert (shards.hold(2, 3), shards.rows()) == (True, 3)
    assert not shards.hold(2, 4)
    assert not shards.hold(3, 3)
    Shards(tmp_path / "out", tmp_path, 0, "other").write(1, [row(3)])
    assert (shards.hold(1, 2), shards.hold(2, 3), shards.rows()) == (True, False, 2)
    beside = shards.beside(tmp_path / "anew")
    beside.write(0, [row(4)])
    shards.take(beside, 1)
    assert [each["doc_id"] for each in shards.read(1)] == ["0004"]
    assert (shards.hold(1, 1), beside.hold(1, 1)) == (True, True)


def test_places_are_tried_first(tmp_path):
    docs = tmp_path / "docs.jsonl"
    docs.write_text("{}")
    check_output(tmp_path / "new/folder/o.parquet", docs)
    check_output(tmp_path / "shards", docs)
    assert (tmp_path / "shards").is_dir()
    (tmp_path / "shards/part-00000.parquet").touch()
    check_output(tmp_path / "shards", docs)
    (tmp_path / "shards/notes.txt").touch()
    with pytest.raises(UsageError, match=r"holds other things \(notes\.txt\)"):
        check_output(tmp_path / "shards", docs)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/part-00000.jsonl").write_text("{}")
    with pytest.raises(UsageError, match="is where the documents lie; name a new folder"):
        check_output(tmp_path / "docs", tmp_path / "docs/part-00000.jsonl")
    with pytest.raises(UsageError, match="is the documents themselves"):
        check_output(docs, docs)
    with pytest.raises(UsageError, match=r"ends in \.parquet or \.jsonl, or a folder"):
        check_output(tmp_path / "o.txt", docs)
    with pytest.raises(TruingError):
        check_output(docs / "o.parquet", docs)
    with pytest.raises(TruingError):
        check_output(docs / "folder", docs)
