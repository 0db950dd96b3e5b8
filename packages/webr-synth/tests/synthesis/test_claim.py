"""Whose a folder of shards is."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from truing_core.errors import UsageError
from truing_core.files import write_json
from webr_synth.synthesis.claim import KEY, claim, earlier_name, run_name


def shard(path, run=None):
    path.parent.mkdir(exist_ok=True)
    table = pa.table({"text": ["a"]})
    pq.write_table(table if run is None else table.replace_schema_metadata({KEY: run}), path)


def test_a_run_is_named_by_its_config(tmp_path):
    config = {"data": {"name": "d"}, "synthesis": {"num": 3, "mix": (1, 2)}}
    name = run_name(config)
    assert len(name) == 16
    assert name == run_name({"synthesis": {"mix": [1, 2], "num": 3}, "data": {"name": "d"}})
    assert name != run_name({**config, "synthesis": {"num": 4, "mix": (1, 2)}})
    assert earlier_name(tmp_path) is None
    write_json(tmp_path / "run.json", {"config": config})
    assert earlier_name(tmp_path) == name
    (tmp_path / "run.json").write_text("{")
    assert earlier_name(tmp_path) is None


@pytest.mark.parametrize("run", ["other", None])
def test_rows_of_another_run_and_documents_are_refused(tmp_path, run):
    out = tmp_path / "out"
    shard(out / "part-00000.parquet", "own")
    claim(out, "own")
    shard(out / "part-00001.parquet", run)
    for before in (None, "other", "own"):
        with pytest.raises(UsageError, match=r"not of this run \(part-0000[01]\.parquet\)"):
            claim(out, "new" if before == "other" else "own", before)
    assert len(list(out.iterdir())) == 2


def test_what_is_no_parquet_file_is_refused(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/part-00000.jsonl").write_text("{}")
    with pytest.raises(UsageError, match=r"part-00000\.jsonl"):
        claim(tmp_path / "out", "own")


def test_a_run_that_starts_over_moves_its_shards_aside(tmp_path, capsys):
    out = tmp_path / "out"
    shard(out / "part-00000.parquet", "old")
    claim(out, "own", "old")
    assert list(out.iterdir()) == []
    [aside] = tmp_path.glob("out.old-*")
    assert [path.name for path in aside.iterdir()] == ["part-00000.parquet"]
    assert f"the rows of the run before are in {aside}" in capsys.readouterr().err
    claim(out, "own", "old")
    claim(tmp_path / "file.jsonl", "own")
