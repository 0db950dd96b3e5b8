"""Benchmarks of a run's student in the report of that run."""

from __future__ import annotations

import json

from lion_distill.evaluation.merging import iteration_of, merge
from lion_distill.reporting.pipeline import report
from lion_distill.reporting.summary import summary
from lion_distill.workspace import Iteration


def found(**values):
    tasks = {
        name: {"n": 9, "shots": 0, "metrics": {"acc": {"value": value, "stderr": 0.01}}}
        for name, value in values.items()
    }
    return {"version": "0.4.9", "limit": None, "tasks": tasks}


def test_the_iteration_of_a_student(invented_run, tmp_path, monkeypatch):
    at = Iteration(invented_run, 1)
    assert iteration_of(f"hf/{at.student}") == at
    assert iteration_of(f"vllm/{at.student}/merged") == at
    monkeypatch.chdir(invented_run.parent)
    assert iteration_of(f"hf/./{invented_run.name}/iteration-1/student") == at
    assert iteration_of(f"hf/{at.folder}") is None
    assert iteration_of("hf/owner/model") is None
    assert iteration_of("demo") is None
    (invented_run / "run.json").write_text('{"tool": "lte-edit"}')
    assert iteration_of(f"hf/{at.student}") is None


def test_they_are_in_the_report(invented_run):
    at = Iteration(invented_run, 1)
    merge(at, found(bbh=0.25, agieval=0.5))
    merge(at, found(bbh=0.375))
    entries = summary(invented_run)["iterations"]
    assert "lm_eval" not in entries[0]["evaluation"]
    values = {
        name: own["metrics"]["acc"]["value"]
        for name, own in entries[1]["evaluation"]["lm_eval"]["tasks"].items()
    }
    assert values == {"bbh": 0.375, "agieval": 0.5}
    assert entries[1]["score"] == 80.7
    page = report(invented_run).read_text("utf-8")
    assert "0.3750" in page
    assert "agieval" in page
    merge(Iteration(invented_run, 2), found(ifeval=0.125))
    assert "0.1250" in report(invented_run).read_text("utf-8")
    assert json.loads(at.benchmarks.read_text())["version"] == "0.4.9"
