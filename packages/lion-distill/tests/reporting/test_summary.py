"""A run in figures, from what its stages recorded and from its files."""

from __future__ import annotations

import json
import shutil

import pytest

from lion_distill.reporting.summary import summary, tokens_of
from truing_core.errors import InputError


def test_every_iteration_in_figures(invented_run):
    found = summary(invented_run)
    first, second, last = found["iterations"]
    assert [each["iteration"] for each in (first, second, last)] == [0, 1, 2]
    assert set(first["stages"].values()) == {"done"}
    assert last["stages"]["imitate"] == "done"
    assert last["stages"]["answer"] == "open"
    assert [each["train_pool"] for each in (first, second, last)] == [120, 80, 80]
    assert [each["cache_pool"] for each in (first, second, last)] == [120, 200, 280]
    assert first["generated"] == {"all": 80, "hard": 40, "easy": 40}
    assert first["candidates"] == 80 + 39
    assert first["acceptance_rate"] == pytest.approx(80 / 119)
    assert sum(first["counts"].values()) == 120
    decided = first["counts"]["hard"] + first["counts"]["easy"]
    assert first["hard_share"] == pytest.approx(first["counts"]["hard"] / decided)
    assert second["hard_share"] < first["hard_share"]
    assert (first["score"], second["score"]) == (71.5, pytest.approx(80.7))
    assert first["tokens"] == {
        "teacher": 210 * 120 + 190 * 120, "referee": 41_000 + 700 * 120,
        "student": 170 * 120, "generator": 400 * 80,
    }  # fmt: skip
    assert found["tokens"]["student"] == 170 * (120 + 200)
    nothing_yet = ("counts", "hard_share", "generated", "rejected", "acceptance_rate",
                   "evaluation", "score")  # fmt: skip
    assert all(last[name] is None for name in nothing_yet)
    assert found["stopped"] is None
    assert found["models"]["student"] == "small-135m"


def test_what_no_stage_recorded_is_counted_in_its_file(invented_run):
    told = summary(invented_run)["iterations"]
    path = invented_run / "run.json"
    manifest = json.loads(path.read_text())
    manifest["stages"] = {}
    path.write_text(json.dumps(manifest))
    counted = summary(invented_run)["iterations"]
    for name in ("counts", "hard_share", "generated", "rejected", "acceptance_rate", "score"):
        assert [each[name] for each in counted] == [each[name] for each in told]
    assert counted[0]["stages"]["respond"] == "open"


def test_a_run_that_has_just_begun(invented_run):
    for folder in invented_run.glob("iteration-*"):
        shutil.rmtree(folder)
    found = summary(invented_run)
    assert (found["iterations"], found["seeds"], found["tokens"]) == ([], 120, {})
    (invented_run / "iteration-0").mkdir()
    [entry] = summary(invented_run)["iterations"]
    assert (entry["train_pool"], entry["responses"], entry["generated"]) == (120, None, None)


def test_with_all_instructions_the_train_pool_is_the_cache_pool(invented_run):
    path = invented_run / "run.json"
    manifest = json.loads(path.read_text())
    manifest["config"]["pools"]["train"] = "all"
    path.write_text(json.dumps(manifest))
    assert [each["train_pool"] for each in summary(invented_run)["iterations"]] == [120, 200, 280]


@pytest.mark.parametrize(
    ("facts", "tokens"),
    [
        ({"tokens": 12}, {"referee": 12}),
        ({"tokens": [10, 2]}, {"referee": 12}),
        ({"tokens": {"prompt": 10, "completion": 2}}, {"referee": 12}),
        ({"prompt_tokens": 10, "completion_tokens": 2}, {"referee": 12}),
        ({"tokens": {"a": {"prompt_tokens": 4, "completion_tokens": 1}, "b": 3}}, {"a": 5, "b": 3}),
        ({}, {}),
        ({"tokens": "many"}, {}),
    ],
)
def test_tokens_in_whatever_way_a_stage_recorded_them(facts, tokens):
    assert tokens_of("referee", facts) == tokens


def test_folders_that_hold_no_run(tmp_path):
    with pytest.raises(InputError, match=r"holds no run\.json; name the folder of a run"):
        summary(tmp_path)
    (tmp_path / "run.json").write_text('{"tool": "webr-synth"}')
    with pytest.raises(InputError, match="holds a run of webr-synth, not of lion-distill"):
        summary(tmp_path)
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(InputError, match="cannot be read"):
        summary(tmp_path)
    (tmp_path / "run.json").write_text("[]")
    with pytest.raises(InputError, match="is no manifest of a run"):
        summary(tmp_path)
