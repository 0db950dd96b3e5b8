"""Benchmarks of a run's student in the report of that run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from lion_distill.choices import EvaluationChoice, RefereeChoice
from lion_distill.evaluation import standalone
from lion_distill.evaluation.harness import HarnessChoice
from lion_distill.evaluation.merging import iteration_of, merge
from lion_distill.reporting.pipeline import report
from lion_distill.reporting.summary import summary
from lion_distill.workspace import Iteration
from truing_core.models import Sampling
from truing_core.prompts import Prompts
from truing_core.roles import ModelChoice


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


def test_killed_before_it_came_to_that_they_are_there_next_time(
    invented_run, tiny_model_dir, tmp_path, monkeypatch
):
    at = Iteration(invented_run, 1)
    shutil.copytree(tiny_model_dir, at.student, dirs_exist_ok=True)
    made = []
    monkeypatch.setattr("lion_distill.evaluation.harness.need_harness", lambda: None)
    monkeypatch.setattr(
        standalone, "run_harness", lambda *given: made.append(given) or found(bbh=0.25, ifeval=0.5)
    )
    evaluation = standalone.Evaluation(
        ModelChoice(f"hf/{at.student}", Sampling()), EvaluationChoice(),
        RefereeChoice("exact", None, Prompts("lion_distill")), HarnessChoice(("bbh", "ifeval")),
    )  # fmt: skip

    def killed(*given: object, **more: object) -> None:
        raise KeyboardInterrupt

    folder = tmp_path / "bench"
    monkeypatch.setattr(standalone, "merge", killed)
    with pytest.raises(KeyboardInterrupt):
        evaluation.run(folder, watch=None)
    monkeypatch.setattr(standalone, "merge", merge)
    assert not at.benchmarks.exists()
    merge(at, found(bbh=0.75))  # meanwhile, by another evaluation
    result = evaluation.run(folder, watch=None)
    assert len(made) == 1
    assert result["lm_eval"] == found(bbh=0.25, ifeval=0.5)
    assert values_of(at.benchmarks) == {"bbh": 0.75, "ifeval": 0.5}


def values_of(path: Path) -> dict[str, float]:
    tasks = json.loads(path.read_bytes())["tasks"]
    return {name: own["metrics"]["acc"]["value"] for name, own in tasks.items()}
