"""An open run, an iteration of it, and answers to train on."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext

import pytest

from lion_distill.choices import StudentChoice
from lion_distill.rows import Instruction, Response
from lion_distill.workspace import Iteration, save
from truing_core.models import Sampling
from truing_core.roles import ModelChoice
from truing_core.run import Run

QUESTIONS = ["Where do storks nest?", "Who bakes at night?", "What is bread?", "Sing of bread."]
ANSWERS = ["On roofs.", "A baker.", "Flour and water.", "Bread, bread, is good and good."]
QUICK = {
    "per_device_train_batch_size": 2,
    "gradient_accumulation_steps": 1,
    "num_train_epochs": 1,
    "save_steps": 1,
}


@pytest.fixture
def silent():
    """Watches nothing."""
    return lambda label, total: nullcontext(lambda reply: None)


@pytest.fixture
def run(tmp_path):
    with Run.open(tmp_path / "run", tool="lion-distill", version="0", config={}) as opened:
        yield opened


@pytest.fixture
def at(run):
    return Iteration(run.folder, 0)


@pytest.fixture
def pool():
    return [Instruction(id=f"q{n}", instruction=text) for n, text in enumerate(QUESTIONS)]


@pytest.fixture
def responses(at, pool):
    """Answers, written as ``respond`` does."""
    rows = [
        Response(id=each.id, messages=[*each.messages(), {"role": "assistant", "content": said}])
        for each, said in zip(pool, ANSWERS, strict=True)
    ]
    save(at.responses, rows)
    return rows


@pytest.fixture
def student(tiny_model_dir):
    """The tiny model as a student, with what a test changes."""

    def make(**training):
        return StudentChoice(str(tiny_model_dir), {**QUICK, **training})

    return make


@pytest.fixture
def teacher():
    """A server as the teacher."""
    return lambda server: ModelChoice(
        f"openai/test-model@{server.url}", Sampling(temperature=0.7, max_tokens=64)
    )


@pytest.fixture
def room_for(monkeypatch):
    """Lets a training make so many steps, then memory does not suffice: ``with room_for(1):``."""
    import torch
    from trl import SFTTrainer

    step = SFTTrainer.training_step

    @contextmanager
    def steps(number):
        left = iter(range(number))

        def little_room(*args, **kwargs):
            if next(left, None) is None:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
            return step(*args, **kwargs)

        with monkeypatch.context() as patch:
            patch.setattr(SFTTrainer, "training_step", little_room)
            yield

    return steps
