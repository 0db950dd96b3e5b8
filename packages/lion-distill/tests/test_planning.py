import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from lion_distill.choices import (
    EvaluationChoice,
    GeneratorChoice,
    LionChoice,
    PoolChoice,
    RefereeChoice,
    StopChoice,
    StudentChoice,
)
from lion_distill.planning import plan
from lion_distill.rows import Instruction
from truing_core.budget import Price
from truing_core.errors import InputError
from truing_core.models import Sampling
from truing_core.prompts import Prompts
from truing_core.roles import ModelChoice

SEEDS = [Instruction(id=f"s{n}", instruction=f"Name river {n}.") for n in range(10)]


def choice(*, referee: str = "model", sample: int | None = None, rounds: int = 2) -> LionChoice:
    prompts = Prompts("lion_distill")
    model = ModelChoice("demo", Sampling(max_tokens=100), price=Price(1.0, 2.0))
    return LionChoice(
        model,
        StudentChoice("demo"),
        RefereeChoice(referee, model if referee == "model" else None, prompts),  # type: ignore[arg-type]
        GeneratorChoice(model, prompts, num=4),
        PoolChoice(sample=sample),
        StopChoice(iterations=rounds),
    )


@pytest.mark.parametrize(
    ("sample", "rounds", "reviews"),
    [(None, 2, 2 * (10 + 14)), (12, 2, 2 * (10 + 12)), (3, 3, 2 * 9), (None, 0, 0)],
)
def test_requests_by_role(tmp_path: Path, sample: int | None, rounds: int, reviews: int) -> None:
    plans = plan(tmp_path / "run", SEEDS, choice(sample=sample, rounds=rounds))
    assert plans["teacher"].requests == 10 + 4 * rounds
    assert plans["referee"].requests == reviews
    assert plans["generator"].requests == 4 * rounds


def test_the_exact_referee_asks_nobody(tmp_path: Path) -> None:
    assert "referee" not in plan(tmp_path / "run", SEEDS, choice(referee="exact"))


def test_cost_is_that_of_the_tokens(tmp_path: Path) -> None:
    teacher = plan(tmp_path / "run", SEEDS, choice(rounds=1))["teacher"]
    # "Name river 0." is 13 characters: 4 tokens, and 4 of the chat template.
    assert teacher.prompt_tokens == (10 + 4) * 8
    assert teacher.max_completion_tokens == 14 * 100
    assert teacher.cost_low == pytest.approx(14 * 8 / 1e6)
    assert teacher.cost_high == pytest.approx((14 * 8 + 2 * 1400) / 1e6)


def test_evaluations_are_planned_too(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"text": "Why?"}\n{"text": "How?"}\n{"question": "1 + 1?", "answer": 2}\n')
    own = replace(choice(rounds=2), evaluation=EvaluationChoice(path))
    plans = plan(tmp_path / "run", SEEDS, own)
    assert list(plans) == [
        "teacher", "referee", "generator", "evaluate: reference", "evaluate: referee"
    ]  # fmt: skip
    assert plans["evaluate: reference"].requests == 3, "the reference answers once"
    # Two open questions, both orders, three students.
    assert plans["evaluate: referee"].requests == 2 * 2 * 3
    # 1 token and 4 of the chat template, and two answers of 100 and 1024 tokens, half as long.
    assert plans["evaluate: referee"].prompt_tokens == 12 * (5 + (100 + 1024) // 2)
    (tmp_path / "run" / "iteration-4").mkdir(parents=True)
    for number in range(4):
        (tmp_path / "run" / f"iteration-{number}").mkdir()
    assert plan(tmp_path / "run", SEEDS, own)["evaluate: referee"].requests == 2 * 2 * 5
    assert plan(tmp_path / "run", SEEDS, own, fresh=True)["evaluate: referee"].requests == 12
    shutil.rmtree(tmp_path / "run")
    limited = replace(own, evaluation=EvaluationChoice(path, limit=1))
    assert plan(tmp_path / "run", SEEDS, limited)["evaluate: referee"].requests == 6
    with pytest.raises(InputError, match="2 of 3 questions have no 'answer'"):
        plan(tmp_path / "run", SEEDS, replace(choice(referee="exact"), evaluation=own.evaluation))
