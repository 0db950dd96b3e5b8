"""The run folder: what may change in it, and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lion_distill.choices import GeneratorChoice, LionChoice, RefereeChoice, StudentChoice
from lion_distill.opening import opened
from lion_distill.rows import Instruction
from truing_core.errors import ResumeError
from truing_core.models import ChatRequest, LoadOptions, Sampling
from truing_core.prompts import Prompts
from truing_core.roles import ModelChoice, loaded
from truing_core.run import Run

SEEDS = [
    Instruction(id="a", instruction="Tell me something."),
    Instruction(id="b", instruction="?"),
]


@pytest.fixture
def choose() -> Callable[..., LionChoice]:
    def choose(teacher: str = "openai/m", *, student: str = "x/y", **training: Any) -> LionChoice:
        prompts = Prompts("lion_distill")
        model = ModelChoice(teacher, Sampling(), LoadOptions(max_retries=0))
        return LionChoice(
            model, StudentChoice(student, training), RefereeChoice("exact", None, prompts),
            GeneratorChoice(model, prompts),
        )  # fmt: skip

    return choose


def ask(run: Run, choice: LionChoice) -> None:
    with loaded(choice.teacher, run) as model:
        list(model.complete([ChatRequest("a", SEEDS[0].messages(), Sampling())]))


def test_a_student_may_change_until_one_is_trained(
    tmp_path: Path, choose: Callable[..., LionChoice], chat_server: Any
) -> None:
    teacher = f"openai/m@{chat_server().url}"
    with opened(tmp_path / "r", SEEDS, choose(teacher, learning_rate=1)) as run:
        ask(run, choose(teacher))
        run.stage_done("iteration-0/respond", kept=2)
    with opened(tmp_path / "r", SEEDS, choose(teacher, student="x/z", learning_rate=2)) as run:
        assert run.config["student"]["base"] == "x/z"
    with pytest.raises(ResumeError, match="threshold"):
        opened(tmp_path / "r", SEEDS, replace(choose(teacher), threshold=2.0)).__enter__()
    with opened(tmp_path / "r", SEEDS, choose(teacher, learning_rate=3)) as run:
        run.stage_done("iteration-0/imitate", steps=1)
    less = choose(
        teacher, learning_rate=3, per_device_train_batch_size=1, gradient_accumulation_steps=8,
        gradient_checkpointing=True, save_steps=3,
    )  # fmt: skip
    with opened(tmp_path / "r", SEEDS, less) as run:
        assert run.config["student"]["training"] == {"learning_rate": 3, "batch": 8}
    with pytest.raises(ResumeError, match=r"student.training.learning_rate: 3 → 4"):
        opened(tmp_path / "r", SEEDS, choose(teacher, learning_rate=4)).__enter__()


@pytest.mark.parametrize(
    ("launcher", "devices", "parts", "refused"),
    [
        ("accelerate launch", 4, (2, 32), False),  # on two devices now
        ("accelerate launch", 4, (2, 16), False),
        (None, 4, (8, 16), False),  # all on one
        (None, 4, (2, 32), True),
        (None, 1, (2, 32), True),
    ],
)
def test_a_step_may_be_parted_among_other_devices(
    tmp_path: Path,
    choose: Callable[..., LionChoice],
    chat_server: Any,
    launcher: str | None,
    devices: int,
    parts: tuple[int, int],
    refused: bool,
) -> None:
    teacher = f"openai/m@{chat_server().url}"

    def given(rows: int, steps: int) -> LionChoice:
        training = {"per_device_train_batch_size": rows, "gradient_accumulation_steps": steps}
        own = choose(teacher, **training)
        return replace(own, student=replace(own.student, launcher=launcher))

    with opened(tmp_path / "r", SEEDS, given(2, 16)) as run:
        ask(run, choose(teacher))
        run.stage_done("iteration-0/imitate", answers_a_step=32 * devices)
    if refused:
        with pytest.raises(ResumeError, match=r"student.training.batch: 32 → 64"):
            opened(tmp_path / "r", SEEDS, given(*parts)).__enter__()
        return
    for again in (parts, (2, 16), parts):
        with opened(tmp_path / "r", SEEDS, given(*again)) as run:
            assert run.config["student"]["training"] == {"batch": 32}


def test_where_nobody_answered_all_may_change(
    tmp_path: Path, choose: Callable[..., LionChoice], chat_server: Any
) -> None:
    teacher = f"openai/m@{chat_server().url}"
    with opened(tmp_path / "r", SEEDS, choose("openai/typo")) as run:
        (run.folder / "progress.json").write_text("{}")
        assert (run.folder / "seeds.jsonl").exists()
    assert not (tmp_path / "r" / "seeds.jsonl").exists()
    with opened(tmp_path / "r", SEEDS[:1], choose(teacher)) as run:
        assert run.config["seeds"]["rows"] == 1
        ask(run, choose(teacher))
    assert (tmp_path / "r" / "seeds.jsonl").read_text().count("\n") == 1
    with pytest.raises(ResumeError, match="seeds"):
        opened(tmp_path / "r", SEEDS, choose(teacher)).__enter__()
