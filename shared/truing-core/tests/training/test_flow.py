"""What a training does with the one that lies in its folder."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("trl", reason="needs the extra train")

from trl import ModelConfig

from truing_core.training.arguments import CommandArguments, DataArguments
from truing_core.training.flow import Tool
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


def test_fresh_starts_at_the_first_step(train, tmp_path):
    train()
    result = train(CommandArguments(fresh=True), max_steps=2, resume_from_checkpoint="true")
    assert (result["resumed_from"], result["steps"]) == (None, 2)
    assert len(list(tmp_path.glob("out.old-*/checkpoint-1"))) == 1
