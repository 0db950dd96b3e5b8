"""What a training does with the one that lies in its folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from truing_core.errors import ResumeError

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


def test_a_training_that_is_done_makes_no_further_step(train, tmp_path):
    first = train(max_steps=3)  # of four steps an epoch
    weights = (tmp_path / "out" / "model.safetensors").read_bytes()
    for _ in range(2):
        again = train(max_steps=3)
        assert again["resumed_from"].endswith("checkpoint-3")
        assert again["steps"] == first["steps"] == 3
        assert (tmp_path / "out" / "model.safetensors").read_bytes() == weights
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert (record["config"]["max_steps"], record["steps"]) == (3, 3)
    assert train(max_steps=6)["steps"] == 6
    assert train(max_steps=6)["steps"] == 6


def test_fresh_starts_at_the_first_step(train, tmp_path):
    train()
    result = train(CommandArguments(fresh=True), max_steps=2, resume_from_checkpoint="true")
    assert (result["resumed_from"], result["steps"]) == (None, 2)
    assert len(list(tmp_path.glob("out.old-*/checkpoint-1"))) == 1


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
    other = shutil.copytree(tiny_model_dir, tmp_path / "another")
    with pytest.raises(ResumeError, match=r"\(model: \".*\" → \"another \(\w{12}\)\"\)"):
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
    with pytest.raises(ResumeError, match=r"\(max_steps: 2 → 1\)"):
        train(per_device_train_batch_size=2)


def test_a_checkpoint_that_does_not_say_how_it_was_made_goes_on(train, tmp_path, capsys):
    train()
    (tmp_path / "out" / "settings.json").unlink()
    assert train(seed=7)["resumed_from"].endswith("checkpoint-1")
    assert "whether it was made the same way is not known" in capsys.readouterr().err
    with pytest.raises(ResumeError, match="seed: 7 → 42"):
        train()


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ((-1, 1.0), (-1, 2.0), None),
        ((-1, 4.0), (-1, 2.0), None),
        ((-1, 4.0), (-1, 1.0), "num_train_epochs: 4.0 → 1.0"),
        ((400, 3.0), (10, 1.0), None),
        ((400, 3.0), (4, 3.0), "max_steps: 400 → 4"),
        ((-1, 3.0), (10, 3.0), None),
        ((400, 1.0), (-1, 2.0), None),
    ],
)
def test_no_fewer_steps_than_are_made(tmp_path, before, now, told):
    made = tmp_path / "checkpoint-5"
    made.mkdir()
    (made / "trainer_state.json").write_text('{"global_step": 5, "epoch": 1.25}')
    first, then = (
        {"max_steps": most, "num_train_epochs": epochs} for most, epochs in (before, now)
    )
    (tmp_path / "settings.json").write_text(json.dumps(first))
    if told is None:
        check(str(made), {**then, "unheard_of": 2})
        return
    with pytest.raises(ResumeError) as caught:
        check(str(made), then)
    assert f"({told})" in str(caught.value)


def test_a_loss_that_is_no_number_is_on_record_all_the_same(train, tmp_path):
    result = train(learning_rate=float("1e38"), max_steps=4, logging_steps=1,
                   logging_nan_inf_filter=False)  # fmt: skip
    recorded = json.loads((tmp_path / "out" / "run.json").read_text())
    assert recorded["steps"] == result["steps"] == 4
    assert recorded["metrics"]["loss"] is None
