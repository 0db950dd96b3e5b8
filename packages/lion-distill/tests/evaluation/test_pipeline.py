"""Evaluations against a real server: scores, accuracy, resume, and what is told of failures."""

from __future__ import annotations

import json

import pytest

from lion_distill.choices import EvaluationChoice, RefereeChoice
from lion_distill.evaluation import evaluate
from truing_core.asking import watch
from truing_core.errors import InputError, ModelError, UsageError
from truing_core.models import Sampling
from truing_core.prompts import Prompts
from truing_core.roles import ModelChoice
from truing_core.run import Run
from truing_core.testing.faults import Fault

OPEN = [
    {"question_id": n, "category": "ab"[n % 2], "text": f"Explain thing {n}."} for n in range(6)
]
RIDDLE = {"question_id": 9, "category": "a", "text": "Explain the riddle."}
TASKS = [
    {"id": f"t{n}", "family": "sums", "question": f"What is {n} + 10?", "answer": n + 10}
    for n in range(1, 6)
]


@pytest.fixture
def measure(tmp_path, models):
    """Runs an evaluation of ``simple``; gives its result."""
    _, spec = models

    def run(rows, *, judge="judge", reference="wise", limit=None, retries=1):
        path = tmp_path / "questions.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))

        def role(name):
            return ModelChoice(spec(name), Sampling(max_tokens=50))

        referee = RefereeChoice(
            "exact" if judge is None else "model",
            None if judge is None else role(judge),
            Prompts("lion_distill"),
            retries,
        )
        choice = EvaluationChoice(path, role(reference) if reference else None, limit)
        with Run.open(tmp_path / "run", tool="lion-distill", version="0", config={}) as opened:
            return evaluate(
                opened, role("simple"), choice, referee,
                seed=0, watch=watch, path=tmp_path / "out.json",
            )  # fmt: skip

    return run


def test_open_questions_in_both_orders(measure, models, tmp_path):
    server, _ = models
    found = measure([*OPEN, RIDDLE])
    judged = found["open"]
    # The reference first: 9 and 4; the student first: 8 and 5.
    assert judged["by_order"] == pytest.approx([400 / 9, 500 / 8])
    assert found["score"] == judged["score"] == pytest.approx((400 / 9 + 500 / 8) / 2)
    assert found["interval"] == pytest.approx([found["score"]] * 2)
    assert (judged["n"], judged["undecided"]) == (6, 1)
    assert (judged["wins"]["lose"], judged["wins_strict"]["lose"]) == (6, 6)
    assert judged["position_bias"]["mean"] == pytest.approx(1)
    assert {name: each["n"] for name, each in judged["categories"].items()} == {"a": 3, "b": 3}
    assert found["tasks"] is None
    assert found["failed"] == {"student": 0, "reference": 0, "referee": 0}
    assert found["tokens"]["student"]["completion"] == 7
    assert found["tokens"]["referee"]["prompt"] > 1000
    # 7 questions to each model, 6 x 2 reviews, and the riddle twice and once again each.
    assert server.total == 14 + 12 + 4
    assert json.loads((tmp_path / "out.json").read_text()) == found
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == ["0", "1", "2", "3", "4", "5", "9"]
    assert (rows[0]["student"], rows[0]["student_scores"]) == ("poor", [4, 5])
    assert rows[0]["reference_scores"] == [9, 8]
    assert rows[6]["student_scores"] == [None, None]


def test_nothing_is_asked_twice(measure, models):
    server, _ = models
    first = measure(OPEN)
    total = server.total
    assert measure(OPEN) == first
    assert server.total == total


def test_tasks_are_checked_and_nobody_is_asked(measure, models):
    server, _ = models
    found = measure(TASKS, judge=None)
    tasks = found["tasks"]
    assert (tasks["student"]["correct"], tasks["student"]["n"]) == (2, 5)
    assert (found["score"], tasks["reference"]["accuracy"]) == (40.0, 100.0)
    assert tasks["difference"]["points"] == -60.0
    assert found["open"] is None
    assert found["referee"] is None
    assert server.total == 10
    alone = measure(TASKS, judge=None, reference=None)
    assert set(alone["tasks"]) == {"student"}
    assert alone["reference"] is None
    assert server.total == 10


def test_both_kinds_in_one_file(measure):
    found = measure([*OPEN, *TASKS])
    assert found["score"] == pytest.approx((found["open"]["score"] + 40.0) / 2)
    assert found["interval"] is None
    assert found["questions"] == 11
    assert measure([*OPEN, *TASKS], limit=6)["tasks"] is None


def test_open_questions_need_a_referee_and_a_reference(measure):
    with pytest.raises(InputError, match="6 of 11 questions have no 'answer', so --referee exact"):
        measure([*OPEN, *TASKS], judge=None)
    with pytest.raises(InputError, match="6 of 6 questions have no 'answer' and need somebody"):
        measure(OPEN, reference=None)
    with pytest.raises(UsageError, match="no questions are named"):
        evaluate(None, None, EvaluationChoice(), None, seed=0, watch=watch, path=None)


def test_failed_answers_are_missing_not_wrong(measure, models):
    server, _ = models
    server.faults = lambda prompt, attempt: Fault("400") if prompt == "What is 2 + 10?" else None
    found = measure(TASKS, judge=None)
    assert found["failed"] == {"student": 1, "reference": 1}
    assert (found["tasks"]["student"]["n"], found["tasks"]["student"]["correct"]) == (4, 1)
    server.faults = lambda prompt, attempt: Fault("400") if "+" in prompt else None
    with pytest.raises(ModelError, match="all 1 requests to the student failed"):
        measure([{"question": "What is 50 + 10?", "answer": 60}], judge=None)


def test_a_referee_that_fails_is_no_score(measure, models):
    server, _ = models
    server.faults = lambda prompt, attempt: Fault("400") if "<answer-1-" in prompt else None
    with pytest.raises(ModelError, match="requests to the referee failed"):
        measure(OPEN)


def test_a_referee_that_fails_at_one_is_counted_and_asked_again(measure, models, tmp_path):
    server, _ = models
    server.faults = lambda prompt, attempt: (
        Fault("400") if "<answer-1-" in prompt and "Explain thing 2." in prompt else None
    )
    found = measure(OPEN)
    assert found["failed"] == {"student": 0, "reference": 0, "referee": 1}
    assert (found["open"]["n"], found["open"]["undecided"]) == (5, 1)
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["undecided"] for row in rows] == [None, None, "failed", None, None, None]
    assert "400" in rows[2]["error"]
    assert rows[3]["error"] is None
    server.faults = lambda prompt, attempt: None
    total = server.total
    assert measure(OPEN)["failed"]["referee"] == 0
    assert server.total == total + 2
