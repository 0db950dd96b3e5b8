"""Whose a folder of shards is."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from truing_core.errors import UsageError
from truing_core.run import Run
from webr_synth.synthesis.claim import KEY, claim, names_of, own_names, owned


def shard(path, run=None):
    path.parent.mkdir(exist_ok=True)
    table = pa.table({"text": ["a"]})
    pq.write_table(table if run is None else table.replace_schema_metadata({KEY: run}), path)


def opened(folder, fresh=False):
    return Run.open(folder, tool="webr-synth", version="1", config={"num": 3}, fresh=fresh)


def test_a_run_keeps_its_name_and_knows_those_it_replaced(tmp_path):
    names = []
    for place in ("a", "b", "a"):
        with opened(tmp_path / place) as run:
            names.append(own_names(run))
    assert names[0] == names[2] == names_of(tmp_path / "a")
    assert names[0] != names[1]
    assert [len(name) for name in names[0]] == [16]
    before = names[0]
    for _ in range(2):  # one that starts over and writes nothing must not forget who was before
        with opened(tmp_path / "a", fresh=True) as run:
            found = own_names(run, before)
        assert found[1:] == before
        assert found[0] not in before
        with opened(tmp_path / "a") as run:
            assert own_names(run) == found == names_of(tmp_path / "a")
        before = found
    (tmp_path / "a/run.json").write_text("{")
    assert names_of(tmp_path / "a") == names_of(tmp_path / "c") == []


@pytest.mark.parametrize("run", ["other", None])
def test_rows_of_another_run_and_documents_are_refused(tmp_path, run):
    out = tmp_path / "out"
    shard(out / "part-00000.parquet", "own")
    claim(out, ["own"])
    shard(out / "part-00001.parquet", run)
    for names in (["own"], ["new", "other"], ["new", "own"]):
        with pytest.raises(UsageError, match=r"not of this run \(part-0000[01]\.parquet\)"):
            claim(out, names)
    assert len(list(out.iterdir())) == 2


def test_what_is_no_parquet_file_is_refused(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/part-00000.jsonl").write_text("{}")
    with pytest.raises(UsageError, match=r"part-00000\.jsonl"):
        claim(tmp_path / "out", ["own"])


def test_a_run_that_starts_over_moves_its_shards_aside(tmp_path, capsys):
    out = tmp_path / "out"
    shard(out / "part-00000.parquet", "old")
    claim(out, ["own", "old", "older"])
    assert list(out.iterdir()) == []
    [aside] = tmp_path.glob("out.old-*")
    assert [path.name for path in aside.iterdir()] == ["part-00000.parquet"]
    assert f"the rows of the run before are in {aside}" in capsys.readouterr().err
    claim(out, ["own", "old"])
    claim(tmp_path / "file.jsonl", ["own"])


def test_a_shard_tells_whose_it_is_and_how_many_rows_it_has(tmp_path):
    shard(tmp_path / "part-00000.parquet", "own")
    shard(tmp_path / "part-00001.parquet")
    (tmp_path / "part-00002.parquet").write_text("{}")
    found = [owned(tmp_path / f"part-0000{number}.parquet") for number in range(4)]
    assert found == [("own", 1), ("", 1), ("", 0), ("", 0)]
