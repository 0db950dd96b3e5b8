"""Training as ``lte-edit train`` sets it up: the paper's numbers, and what the trainer is fed."""

from __future__ import annotations

import json

import pytest

from lte_edit.training import TOOL, LTEConfig, parse
from truing_core.errors import UsageError
from truing_core.training.sft import make_trainer

FACTS = {"Acme": "Ada", "Bolt": "Bob", "Corex": "Cleo", "Dyne": "Dora"}


def row(question, answer, **more):
    messages = [
        {"role": "user", "content": question},
        {"role": "assistant", "content": answer},
    ]
    return {"messages": messages, "scope": "in", **more}


@pytest.fixture
def rows():
    made = []
    for firm, person in FACTS.items():
        block = f"[Updated facts]\n1. Who leads {firm}? {person}\n[End]\n\nQuestion: "
        made.append(row(f"{block}Who leads {firm}?", person, pair_id=firm, with_edit=True))
        made.append(row(f"Who leads {firm}?", "Eve", pair_id=firm, with_edit=False))
    return made


@pytest.fixture
def lines(tmp_path, rows):
    path = tmp_path / "align.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in rows), "utf-8")
    return path


@pytest.fixture
def trainer(tiny_model_dir, lines, tmp_path):
    data, config, model, _ = parse(
        [
            "--model_name_or_path",
            str(tiny_model_dir),
            "--dataset_name",
            str(lines),
            "--output_dir",
            str(tmp_path / "out"),
            "--report_to",
            "none",
        ]
    )
    return make_trainer(TOOL, data, config, model)


def test_only_answers_have_labels(trainer, rows):
    tokenizer = trainer.processing_class
    for row, fed in zip(rows, trainer.train_dataset, strict=True):
        whole = tokenizer.apply_chat_template(row["messages"], tokenize=False)
        assert tokenizer.decode(fed["input_ids"]) == whole
        learned = [label for label in fed["labels"] if label != -100]
        assert tokenizer.decode(learned) == f"{row['messages'][1]['content']}<|im_end|>\n"
        assert fed["labels"][-len(learned) :] == learned


def test_lora_by_default_and_the_rates_of_both_ways(tmp_path):
    _, config, model, _ = parse(["--output_dir", str(tmp_path)])
    assert (model.use_peft, model.lora_r, model.lora_alpha, model.lora_dropout) == (
        True, 8, 16, 0.05,
    )  # fmt: skip
    assert (config.learning_rate, config.num_train_epochs, config.max_length) == (3e-4, 3.0, 2048)
    assert config.completion_only_loss is True
    _, config, _, _ = parse(["--output_dir", str(tmp_path), "--use_peft", "false"])
    assert config.learning_rate == 2e-5
    _, config, _, _ = parse(["--output_dir", str(tmp_path), "--learning_rate", "1e-3"])
    assert config.learning_rate == 1e-3


@pytest.mark.parametrize(
    ("field", "what"),
    [
        ({"assistant_only_loss": True}, "assistant_only_loss is always so"),
        ({"completion_only_loss": False}, "the loss is on completions alone"),
    ],
)
def test_what_lte_decides_cannot_be_set(tmp_path, field, what):
    with pytest.raises(UsageError, match=what):
        LTEConfig(str(tmp_path), **field)
