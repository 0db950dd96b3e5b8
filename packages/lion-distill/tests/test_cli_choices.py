"""Options as the loop takes them: who is paid, and who draws by the run's seed."""

from __future__ import annotations

from typing import Any

import pytest

from lion_distill.cli_choices import Options
from lion_distill.cli_options import (
    DrawingOptions,
    EvaluationOptions,
    GenerationOptions,
    LoopOptions,
    RoleOptions,
    StopOptions,
    TrainingOptions,
)
from lion_distill.imitation import student_choice
from lion_distill.imitation.student import Mark
from lion_distill.workspace import Iteration
from truing_core.budget import Price
from truing_core.errors import UsageError
from truing_core.option_groups import CostOptions, RunningOptions


def chosen(*, teacher: str = "demo", cost: CostOptions | None = None, seed: int = 0, **more: Any):
    roles = RoleOptions(teacher, "demo", referee="openai/judge", generator="vllm/x/y")
    return Options(
        roles, LoopOptions(), DrawingOptions(), GenerationOptions(**more), TrainingOptions("demo"),
        StopOptions(), EvaluationOptions(), RunningOptions(), cost or CostOptions(), seed,
    ).choice()  # fmt: skip


def test_what_runs_here_costs_nothing():
    choice = chosen(cost=CostOptions(price="1,2", max_cost=3.0))
    assert choice.referee.model.price == Price(1.0, 2.0)
    assert (choice.teacher.price, choice.generator.model.price) == (Price(0, 0), Price(0, 0))
    assert choice.teacher.budget is choice.referee.model.budget
    assert chosen().teacher.price is None


def test_the_seed_reaches_those_who_run_here(tmp_path, tiny_model_dir):
    choice = chosen(seed=7)
    assert (choice.teacher.sampling.seed, choice.generator.model.sampling.seed) == (7, 7)
    assert choice.referee.model.sampling.seed is None, "a server is asked as before"

    def drawn(seed: int, number: int) -> int | None:
        at = Iteration(tmp_path, number)
        if not at.student.exists():
            at.student.mkdir(parents=True)
            (at.student / "merged").symlink_to(tiny_model_dir)
            Mark("a", "merged").write(at)
        return student_choice(at, chosen(seed=seed).student).sampling.seed

    assert drawn(7, 0) == drawn(7, 0)
    assert len({drawn(7, 0), drawn(8, 0), drawn(7, 1)}) == 3


def test_languages_are_codes():
    assert chosen(lang="en, zh-CN").generator.languages == ("en", "zh-CN")
    rare = ("hr", "bs", "nn", "yo", "mt", "fil", "yue", "zh-Hans_CN")
    assert chosen(lang=",".join(rare)).generator.languages == rare
    for code in ("english", "eng", "ha"):  # the last is a language, but none that can be told
        with pytest.raises(UsageError, match=f"'{code}' is no language that can be told"):
            chosen(lang=f"en,{code}")
