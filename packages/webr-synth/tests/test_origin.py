"""Which run a data set is of."""

from __future__ import annotations

import json
import os

import pytest

from truing_core.errors import InputError
from truing_core.files import write_json
from webr_synth.origin import find_run


def test_the_run_beside_the_rows(tmp_path):
    data, summary = tmp_path / "rows.parquet", tmp_path / "summary.json"
    assert find_run(data) is None
    write_json(summary, {"written": 1})
    assert find_run(data) == tmp_path
    write_json(summary, {"output": "x/rows.parquet"})
    assert find_run(data) == tmp_path, "the rows have been moved"
    write_json(summary, {"output": "x/other.parquet"})
    assert find_run(data) is None, "it is another run's"
    write_json(summary, {})
    write_json(tmp_path / "run.json", {"tool": "webr-synth"})
    assert find_run(data) == tmp_path
    write_json(tmp_path / "run.json", {"tool": "followbench"})
    assert find_run(data) is None, "it is another tool's"


def test_shards_lie_in_the_folder_they_are_named_by(tmp_path):
    shards = tmp_path / "rows"
    write_json(shards / "summary.json", {"output": "rows"})
    write_json(tmp_path / "summary.json", {"written": 2})
    assert find_run(shards) == shards


@pytest.mark.parametrize("name", ["run.json", "summary.json"])
@pytest.mark.parametrize(("text", "problem"), [("{", "cannot be read: "), ("[]", "a JSON object")])
def test_what_is_damaged_beside_the_rows_is_named(tmp_path, name, text, problem):
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=rf"{name}: .*{problem}"):
        find_run(tmp_path / "rows.parquet")


def test_a_run_folder_that_names_the_rows_is_found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = tmp_path / "out" / "rows.parquet"
    for name, text in {
        "runs/a": {"output": "out/rows.parquet"},
        "runs/b": {"output": "out/others.parquet"},
        "runs/c": None,
        "out/d": {"written": 3},
    }.items():
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "summary.json").write_text("no" if text is None else json.dumps(text))
    assert find_run(data).resolve() == tmp_path / "runs/a"
    assert find_run(tmp_path / "out" / "none.parquet") is None
    # Of two runs that wrote there, the later one's rows are left.
    write_json(tmp_path / "out/e/summary.json", {"output": str(data)})
    os.utime(tmp_path / "runs/a/summary.json", (1_000_000_000, 1_000_000_000))
    assert find_run(data).resolve() == tmp_path / "out/e"
    write_json(tmp_path / "out/e/run.json", {"tool": "followbench"})
    assert find_run(data).resolve() == tmp_path / "runs/a"
