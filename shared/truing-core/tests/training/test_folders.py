"""Folders that models come from and go to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from truing_core.errors import ModelError, ResumeError, UsageError
from truing_core.training.folders import (
    add_to_card,
    base_model,
    checkpoint_to_resume,
    last_metrics,
    losses,
    move_aside,
    provenance,
)


@dataclass
class Config:
    output_dir: str = "out"
    hub_token: str = "secret"
    model_init_kwargs: dict[str, str] | None = None
    resume_from_checkpoint: str | None = None


def test_base_models(tmp_path):
    assert base_model("somebody/some-model") == "somebody/some-model"
    with pytest.raises(UsageError, match="model_name_or_path is missing"):
        base_model(None)
    with pytest.raises(ModelError, match=r"holds no config\.json"):
        base_model(str(tmp_path))
    with pytest.raises(ModelError, match="there is no model folder"):
        base_model("./nowhere")


def test_the_last_whole_checkpoint_or_the_one_named(tmp_path, capsys):
    config = Config(str(tmp_path / "out"))
    assert checkpoint_to_resume(config) is None
    config.resume_from_checkpoint = "True"
    with pytest.raises(UsageError, match=r"there is no checkpoint in '.*out'"):
        checkpoint_to_resume(config)
    assert checkpoint_to_resume(config, fresh=True) is None
    states = {2: "{}", 10: '{"global_step": 10}', 11: '{"global_st', 12: None}
    for step, state in states.items():
        folder = tmp_path / "out" / f"checkpoint-{step}"
        folder.mkdir(parents=True)
        if state is not None:
            (folder / "trainer_state.json").write_text(state)
    (tmp_path / "out" / "checkpoint-best").mkdir()
    for named in ("True", None):
        config.resume_from_checkpoint = named
        assert checkpoint_to_resume(config) == str(tmp_path / "out" / "checkpoint-10")
        said = capsys.readouterr().err
        assert "checkpoint-12: it was not written to its end" in said
        assert "checkpoint-11: it was" in said
        assert checkpoint_to_resume(config, fresh=True) is None


def test_a_checkpoint_that_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for place in ("out/checkpoint-2", "out/checkpoint-3", "elsewhere/checkpoint-2", "out/part"):
        Path(place).mkdir(parents=True)
        if place != "out/part":
            Path(place, "trainer_state.json").write_text("{}")

    def named(checkpoint, output_dir="out", **how):
        return checkpoint_to_resume(Config(output_dir, resume_from_checkpoint=checkpoint), **how)

    assert named("out/checkpoint-2", str(tmp_path / "out")) == "out/checkpoint-2"
    for place in ("nowhere/checkpoint-2", "out/part"):
        with pytest.raises(UsageError, match=f"'{place}' is no checkpoint, or not whole"):
            named(place)
    with pytest.raises(ResumeError, match="'out' has checkpoints of its own; leave resume_from_c"):
        named("elsewhere/checkpoint-2")
    assert named("elsewhere/checkpoint-2", fresh=True) == "elsewhere/checkpoint-2"
    assert named("elsewhere/checkpoint-2", "new") == "elsewhere/checkpoint-2"
    with pytest.raises(UsageError, match="--fresh would move 'out/checkpoint-2' aside"):
        named("out/checkpoint-2", fresh=True)


def test_an_earlier_training_is_kept(tmp_path, capsys):
    (tmp_path / "out").mkdir()
    move_aside(tmp_path / "out")
    assert (tmp_path / "out").is_dir(), "an empty folder is nothing to keep"
    (tmp_path / "out" / "model").write_text("mine", "utf-8")
    move_aside(tmp_path / "out")
    [old] = tmp_path.glob("out.old-*")
    assert (old / "model").read_text("utf-8") == "mine"
    assert not (tmp_path / "out").exists()
    assert str(old) in capsys.readouterr().err


def test_no_secret_in_a_record():
    given = {"token": "open sesame", "revision": "main"}
    assert provenance(Config(model_init_kwargs=given)) == {
        "output_dir": "out",
        "model_init_kwargs": {"token": "***", "revision": "main"},
        "resume_from_checkpoint": None,
    }


def test_the_card_and_the_metrics(tmp_path):
    trainer = SimpleNamespace(
        args=Config(str(tmp_path)),
        is_world_process_zero=lambda: True,
        state=SimpleNamespace(
            log_history=[
                {"loss": 2.0, "step": 1},
                {"loss": float("nan"), "step": 2},
                {"loss": 1.0, "step": 3},
                {"train_loss": 1.5, "grad_norm": float("inf"), "step": 3},
            ]
        ),
    )
    add_to_card(trainer, "Ours", {"a": 1})
    assert not list(tmp_path.iterdir()), "where there is no card none is made"
    card = tmp_path / "README.md"
    card.write_text("# M\n\n### Framework versions\n\n- TRL\n", "utf-8")
    add_to_card(trainer, "Ours", {"a": 1})
    assert "### Ours\n\n| field | value |\n|---|---|\n| `a` | 1 |\n" in card.read_text("utf-8")
    assert card.read_text("utf-8").endswith("### Framework versions\n\n- TRL\n")
    assert last_metrics(trainer) == {
        "loss": 1.0, "step": 3, "train_loss": 1.5, "grad_norm": None,
    }  # fmt: skip
    assert losses(trainer) == [(1, 2.0), (3, 1.0)]


def test_two_trainings_of_one_second_are_both_kept(tmp_path):
    out = tmp_path / "out"
    for text in ("first", "second", "third"):
        out.mkdir()
        (out / "weights").write_text(text)
        move_aside(out)
    kept = {(each / "weights").read_text() for each in tmp_path.glob("out.old-*")}
    assert kept == {"first", "second", "third"}
