"""What a training does with the one that lies in its folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from truing_core.errors import ResumeError, UsageError

pytest.importorskip("trl", reason="needs the extra train")

from trl import ModelConfig

from truing_core.training.arguments import CommandArguments, DataArguments
from truing_core.training.flow import Tool
from truing_core.training.resuming import check
from truing_core.training.sft import AnswersConfig, train_answers

TOOL = Tool("truing-core", "A method", record="run.json", data="some command")


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "rows.jsonl"
    rows = [
        {"messages": [{"role": "user", "content": f"Who is {name}?"},
                      {"role": "assistant", "content": f"{name} is one."}]}
        for name in ("Ada", "Bob", "Cy", "Di")
    ]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return DataArguments(dataset_name=str(path))


@pytest.fixture
def train(data, tmp_path, tiny_model_dir):
    """Trains with changed values, into the same folder each time."""

    def train(command=None, model=None, rows=data, **changed):
        values = {"report_to": "none", "max_steps": 1, "per_device_train_batch_size": 1}
        config = AnswersConfig(str(tmp_path / "out"), **{**values, **changed})
        model = model or ModelConfig(str(tiny_model_dir))
        return train_answers(TOOL, rows, config, model, command or CommandArguments())

    return train


def test_a_dry_run_moves_nothing_aside(train, tmp_path):
    train()
    plan = train(CommandArguments(fresh=True, dry_run=True))
    assert plan["answers"] == 4
    assert [path.name for path in tmp_path.glob("out*")] == ["out"]
    assert (tmp_path / "out" / "checkpoint-1").is_dir()


@pytest.mark.parametrize("length", [{"max_steps": 3}, {"max_steps": -1, "num_train_epochs": 0.7}])
def test_a_training_that_is_done_makes_no_further_step(train, tmp_path, length):
    first = train(logging_steps=2, **length)  # of four steps an epoch
    weights = (tmp_path / "out" / "model.safetensors").read_bytes()
    assert first["metrics"]["train_loss"] > 1
    for _ in range(2):
        again = train(logging_steps=2, **length)
        assert again["resumed_from"].endswith("checkpoint-3")
        assert again["steps"] == first["steps"] == 3
        assert (tmp_path / "out" / "model.safetensors").read_bytes() == weights
        assert again["metrics"] == first["metrics"]
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    recorded = {name: record["config"][name] for name in length}
    assert (recorded, record["steps"], record["metrics"]) == (length, 3, first["metrics"])
    for unusable in ({**record, "losses": [[2, 0.5]]}, {**record, "steps": 2}, {}):
        (tmp_path / "out" / "run.json").write_text(json.dumps(unusable))
        known = train(logging_steps=2, **length)["metrics"]
        assert (known["step"], known["loss"]) == (2, first["metrics"]["loss"])
        assert not {"train_loss", "train_runtime"} & set(known)
    longer = {name: 2 * value for name, value in length.items()}  # -2 is no number of steps either
    assert [train(**longer)["steps"] for _ in range(2)] == [6, 6]


def test_a_part_of_an_epoch_is_as_many_steps_as_without_a_stop(train):
    own = {"max_steps": -1, "gradient_accumulation_steps": 3}  # steps of three answers and of one
    assert train(num_train_epochs=0.5, **own)["steps"] == 1  # which is 0.75 of the answers
    result = train(num_train_epochs=0.7, **own)
    assert (result["resumed_from"][-12:], result["steps"]) == ("checkpoint-1", 2)


def test_fresh_starts_at_the_first_step(train, tmp_path):
    train()
    result = train(CommandArguments(fresh=True), max_steps=2, resume_from_checkpoint="true")
    assert (result["resumed_from"], result["steps"]) == (None, 2)
    assert len(list(tmp_path.glob("out.old-*/checkpoint-1"))) == 1


def test_fresh_goes_on_from_a_checkpoint_that_is_named(train, tmp_path):
    train()
    other = shutil.copytree(tmp_path / "out", tmp_path / "other") / "checkpoint-1"
    named = {"max_steps": 2, "resume_from_checkpoint": str(other)}
    result = train(CommandArguments(fresh=True), **named)
    assert (result["resumed_from"], result["steps"]) == (str(other), 2)
    assert [path.name for path in (tmp_path / "out").glob("checkpoint-*")] == ["checkpoint-2"]
    own = str(tmp_path / "out" / "checkpoint-2")
    with pytest.raises(UsageError, match=r"--fresh would move '.*checkpoint-2' aside"):
        train(CommandArguments(fresh=True), max_steps=3, resume_from_checkpoint=own)
    assert train(max_steps=3, resume_from_checkpoint=own)["steps"] == 3
    assert len(list(tmp_path.glob("out.old-*"))) == 1


def test_the_same_command_goes_on_after_it_began_from_elsewhere(train, tmp_path):
    train(max_steps=1)
    other = (tmp_path / "out").rename(tmp_path / "other") / "checkpoint-1"
    named = {"max_steps": 3, "resume_from_checkpoint": str(other)}
    assert train(**{**named, "max_steps": 2})["resumed_from"] == str(other)
    own = str(tmp_path / "out" / "checkpoint-2")
    for _ in range(2):
        result = train(**named)
        assert (result["resumed_from"], result["steps"]) == (own, 3)
        own = str(tmp_path / "out" / "checkpoint-3")
    settings = json.loads((tmp_path / "out" / "settings.json").read_bytes())
    assert settings["begun_from"] == str(other)


def test_checkpoints_of_two_trainings_do_not_come_to_lie_together(train, tmp_path):
    train(learning_rate=1e-4)
    (tmp_path / "out").rename(tmp_path / "other")
    train(seed=7)
    settings = (tmp_path / "out" / "settings.json").read_bytes()
    for command in (CommandArguments(), CommandArguments(dry_run=True)):
        with pytest.raises(ResumeError, match=r"'.*out' has checkpoints of its own; leave resu"):
            train(
                command,
                learning_rate=1e-4,
                resume_from_checkpoint=str(tmp_path / "other" / "checkpoint-1"),
            )
    assert (tmp_path / "out" / "settings.json").read_bytes() == settings
    assert train(seed=7)["resumed_from"] == str(tmp_path / "out" / "checkpoint-1")


def test_a_checkpoint_goes_on_only_with_what_it_was_made_with(train, data, tmp_path):
    train(learning_rate=1e-4)
    for changed, told in (
        ({"learning_rate": 2e-4}, "learning_rate: 0.0001 → 0.0002"),
        ({"seed": 7}, "seed: 42 → 7"),
        ({"max_length": 64, "weight_decay": 0.5}, "weight_decay: 0.0 → 0.5; max_length: 1024 → 64"),
        ({"per_device_train_batch_size": 2}, "batch: 1 → 2"),
    ):
        with pytest.raises(ResumeError) as caught:
            train(**{"learning_rate": 1e-4, **changed})
        assert str(caught.value) == (
            f"'{tmp_path / 'out' / 'checkpoint-1'}' was trained with another config ({told}); use "
            "the old values, another output_dir, or --fresh to start over"
        )
    with pytest.raises(ResumeError, match=r"\(learning_rate: 0\.0001 → 2e-05\)"):
        train(CommandArguments(dry_run=True))
    assert train(CommandArguments(fresh=True))["resumed_from"] is None


def test_other_rows_and_another_model_are_told(train, data, tmp_path, tiny_model_dir):
    train()
    kept = Path(data.dataset_name).read_text("utf-8")
    moved = tmp_path / "elsewhere" / "rows.jsonl"
    moved.parent.mkdir()
    moved.write_text(kept, "utf-8")
    same = train(rows=DataArguments(dataset_name=str(moved)))
    assert same["resumed_from"].endswith("checkpoint-1")
    moved.write_text(kept.replace("Ada", "Eve"), "utf-8")
    with pytest.raises(ResumeError, match=r"\(data: \"rows\.jsonl \(\w{12}\)\" → \"rows\.jsonl"):
        train(rows=DataArguments(dataset_name=str(moved)))
    with pytest.raises(ResumeError, match=r"\(limit: null → 3\)"):
        train(rows=DataArguments(dataset_name=data.dataset_name, limit=3))
    renamed = shutil.copy(data.dataset_name, tmp_path / "answers.jsonl")
    other = shutil.copytree(tiny_model_dir, tmp_path / "another")
    same = train(model=ModelConfig(str(other)), rows=DataArguments(dataset_name=str(renamed)))
    assert same["resumed_from"].endswith("checkpoint-1")
    template = other / "chat_template.jinja"
    template.write_text(template.read_text("utf-8") + "{# mine #}", "utf-8")
    with pytest.raises(ResumeError, match=r"\(model: \"another \(\w{12}\)\" → \"another \(\w{12}"):
        train(model=ModelConfig(str(other)))
    with pytest.raises(ResumeError, match="use_peft: false → true"):
        train(model=ModelConfig(str(tiny_model_dir), use_peft=True))


def test_what_changes_no_result_may_change(train):
    train(per_device_train_batch_size=2)
    result = train(
        per_device_train_batch_size=1,
        gradient_accumulation_steps=2,
        max_steps=2,
        logging_steps=1,
        save_steps=1,
        gradient_checkpointing=False,
        run_name="another",
    )
    assert (result["steps"], result["resumed_from"][-12:]) == (2, "checkpoint-1")
    with pytest.raises(ResumeError, match=r"\(steps: 2 made, 1 wanted\)"):
        train(per_device_train_batch_size=2)


def test_a_checkpoint_that_does_not_say_how_it_was_made_goes_on(train, tmp_path, capsys):
    train()
    (tmp_path / "out" / "settings.json").unlink()
    assert train(seed=7)["resumed_from"].endswith("checkpoint-1")
    assert "whether it was made the same way is not known" in capsys.readouterr().err
    with pytest.raises(ResumeError, match="seed: 7 → 42"):
        train()


def test_no_fewer_steps_than_are_made(train, tmp_path):
    train(max_steps=5, num_train_epochs=1)  # of four steps an epoch
    for settings in (True, False):
        if not settings:
            (tmp_path / "out" / "settings.json").unlink()
        with pytest.raises(ResumeError, match=r"another config \(steps: 5 made, 4 wanted\); use"):
            train(max_steps=-1, num_train_epochs=1)
    assert train(max_steps=-1, num_train_epochs=1.25)["steps"] == 5
    assert train(max_steps=-1, num_train_epochs=1.5)["steps"] == 6


@pytest.mark.parametrize("length", [{"max_steps": 400}, {"num_train_epochs": 4.0}])
def test_any_length_that_is_no_shorter_than_what_is_made(tmp_path, length):
    made = tmp_path / "checkpoint-5"
    made.mkdir()
    (made / "trainer_state.json").write_text('{"global_step": 5, "epoch": 1.25}')
    (tmp_path / "settings.json").write_text(json.dumps({**length, "seed": 42}))
    now = {"max_steps": 7, "num_train_epochs": 2.0, "seed": 42, "unheard_of": 2}
    for wanted in (5, 6):
        check(str(made), now, wanted)
    with pytest.raises(ResumeError, match=r"\(steps: 5 made, 4 wanted\)"):
        check(str(made), now, 4)
    with pytest.raises(ResumeError, match=r"\(seed: 42 → 7; steps: 5 made, 4 wanted\)"):
        check(str(made), {**now, "seed": 7}, 4)


def test_a_loss_that_is_no_number_is_on_record_all_the_same(train, tmp_path):
    result = train(learning_rate=float("1e38"), max_steps=4, logging_steps=1,
                   logging_nan_inf_filter=False)  # fmt: skip
    recorded = json.loads((tmp_path / "out" / "run.json").read_text())
    assert recorded["steps"] == result["steps"] == 4
    assert recorded["metrics"]["loss"] is None
