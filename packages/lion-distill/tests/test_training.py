"""Training as ``lion-distill train`` sets it up: the paper's numbers, and how steps are dealt."""

from __future__ import annotations

import json
import random

import pytest

pytest.importorskip("trl", reason="needs the training stack")

import torch

from lion_distill.training import TOOL, parse, train
from truing_core.training.sft import make_trainer


@pytest.fixture
def data(tmp_path):
    """Answers of very different lengths."""
    path = tmp_path / "responses.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for place in range(32):
            said = "word " * (1 + 3 * (place * 7 % 32))
            messages = [
                {"role": "user", "content": f"Question {place}?"},
                {"role": "assistant", "content": said.strip()},
            ]
            file.write(json.dumps({"id": str(place), "messages": messages}) + "\n")
    return path


@pytest.fixture
def arguments(data, tiny_model_dir, tmp_path):
    def make(*more):
        return [
            "--model_name_or_path", str(tiny_model_dir), "--dataset_name", str(data),
            "--output_dir", str(tmp_path / "out"), "--report_to", "none",
            "--per_device_train_batch_size", "2", "--gradient_accumulation_steps", "4",
            *map(str, more),
        ]  # fmt: skip

    return make


def test_the_papers_numbers_by_default(tmp_path):
    _, config, model, _ = parse(["--output_dir", str(tmp_path)])
    assert (config.learning_rate, config.num_train_epochs, config.max_length) == (2e-5, 3.0, 1024)
    assert (str(config.lr_scheduler_type.value), config.warmup_steps) == ("cosine", 0.03)
    assert (config.completion_only_loss, model.use_peft) == (True, False)
    assert config.train_sampling_strategy == "batch_rebalance"
    _, config, model, _ = parse(["--output_dir", str(tmp_path), "--use_peft", "true"])
    assert (config.learning_rate, model.lora_r, model.lora_alpha) == (2e-4, 16, 32)
    assert model.lora_target_modules == "all-linear"


def parts(arguments, *more):
    """The micro-batches of an epoch, as lengths with padding, and as sets of row lengths."""
    data, config, model, _ = parse(arguments(*more))
    trainer = make_trainer(TOOL, data, config, model)
    found = []
    for batch in trainer.get_train_dataloader():
        rows = batch["attention_mask"].sum(dim=1).tolist()
        found.append((batch["input_ids"].numel(), sorted(rows)))
    return found


def test_answers_of_like_length_stand_together_within_a_step(arguments):
    dealt, plain = parts(arguments), parts(arguments, "--train_sampling_strategy", "random")
    assert len(dealt) == len(plain) == 16
    steps = [
        sorted(length for _, rows in dealt[at : at + 4] for length in rows)
        for at in range(0, 16, 4)
    ]
    assert [len(step) for step in steps] == [8, 8, 8, 8]
    everything = sorted(length for step in steps for length in step)
    assert everything == sorted(length for _, rows in plain for length in rows)
    # A step holds short and long ones alike: it is chance that fills it, not length.
    assert all(step[-1] > 2 * step[0] for step in steps)
    assert sum(size for size, _ in dealt) < 0.9 * sum(size for size, _ in plain)


def test_dealing_changes_no_gradient(arguments):
    """The same eight answers in one part and in four of different sizes give the same step."""
    gradients = []
    for sizes in ((8,), (1, 2, 2, 3)):
        data, config, model, _ = parse(arguments())
        trainer = make_trainer(TOOL, data, config, model)
        rows = random.Random(3).sample(range(32), 8)
        at, batches = 0, []
        for size in sizes:
            batches.append(
                trainer.data_collator([trainer.train_dataset[row] for row in rows[at : at + size]])
            )
            at += size
        tokens = sum((batch["labels"][:, 1:] != -100).sum() for batch in batches)
        trainer.current_gradient_accumulation_steps = len(batches)
        trainer.model.zero_grad()
        for batch in batches:
            trainer.training_step(trainer.model, batch, num_items_in_batch=tokens)
        gradients.append(
            torch.cat([each.grad.flatten() for each in trainer.model.parameters()]).double()
        )
    one, four = gradients
    assert one.norm() > 0
    assert (one - four).norm() < 1e-5 * one.norm()


def test_a_training_leaves_a_record(arguments, tmp_path):
    result = train(parse(arguments("--max_steps", 2, "--logging_steps", 1)))
    record = json.loads((tmp_path / "out" / "lion_run.json").read_text("utf-8"))
    assert (record["tool"], record["steps"], record["answers"]) == ("lion-distill", 2, 32)
    assert (record["answers_a_step"], record["method"]) == (8, "full")
    assert record["metrics"]["loss"] == result["metrics"]["loss"]
    assert record["resumed_from"] is None
    card = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert "### Lion (arXiv 2305.12870)" in card
    assert "| `warmup_steps` | 0.03 |" in card
