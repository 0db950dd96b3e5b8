"""A training that was killed and cannot go on: what differs, and what to do in the loop."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from dataclasses import replace

import pytest

from lion_distill.imitation import imitate
from lion_distill.imitation.going_on import own_advice
from truing_core.errors import InputError, ResumeError, TruingError

pytest.importorskip("trl", reason="needs the training stack")


@pytest.mark.parametrize("launcher", [None, shlex.quote(sys.executable)])
def test_other_devices_than_before(at, responses, student, room_for, launcher):
    with room_for(1), pytest.raises(TruingError, match="out of memory"):
        imitate(at, student())
    settings = at.student / "settings.json"
    kept = json.loads(settings.read_text("utf-8"))
    settings.write_text(json.dumps({**kept, "batch": 4 * kept["batch"]}), "utf-8")  # four devices'
    choice = replace(student(), launcher=launcher)
    with pytest.raises(ResumeError) as caught:
        imitate(at, choice)
    assert str(caught.value).removeprefix("the training failed (exit code 1): ") == (
        f"'{at.student / 'checkpoint-1'}' was trained with another config (batch: 8 → 2); use the "
        f"--launcher and as many devices as it had, or remove '{at.student}' to train that "
        "student again"
    )
    assert (at.student / "checkpoint-1").is_dir()
    shutil.rmtree(at.student)
    assert imitate(at, choice)["steps"] == 2
    assert json.loads((at.student / "lion_run.json").read_text())["resumed_from"] is None


def test_another_error_stays_as_it_is(at):
    error = InputError("has no chat template", path="model")
    with pytest.raises(InputError) as caught, own_advice(at):
        raise error
    assert caught.value is error
