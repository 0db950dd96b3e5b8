"""What goes wrong in training, and what is evaluated on the way, without a command around it."""

from __future__ import annotations

import json

import pytest

from bmc_dpo.training import parse, train
from truing_core.errors import InputError, TruingError, UsageError


@pytest.fixture
def arguments(tiny_model_dir, tmp_path, pairs):
    """Arguments of a short training on four pairs."""
    file = tmp_path / "pairs.jsonl"
    file.write_text("".join(json.dumps(pair) + "\n" for pair in pairs), "utf-8")

    def made(*more):
        given = ["--model_name_or_path", tiny_model_dir, "--dataset_name", file]
        given += ["--output_dir", tmp_path / "out", "--max_steps", 1]
        return parse([str(each) for each in [*given, "--per_device_train_batch_size", 2, *more]])

    return made


def test_a_config_that_is_no_yaml(tmp_path):
    (tmp_path / "c.yaml").write_text("a: [", "utf-8")
    with pytest.raises(UsageError, match="--config is no valid YAML: "):
        parse(["--config", str(tmp_path / "c.yaml")])


@pytest.mark.parametrize("missing", ["model_name_or_path", "dataset_name"])
def test_what_is_missing_is_named(tmp_path, missing):
    given = {"model_name_or_path": "nobody/nothing", "dataset_name": "pairs.jsonl"}
    given.pop(missing)
    flags = [part for name, value in given.items() for part in (f"--{name}", value)]
    with pytest.raises(UsageError, match=f"{missing} is missing"):
        train(parse([*flags, "--output_dir", str(tmp_path / "out")]))


def test_only_an_adapter_is_merged(arguments):
    with pytest.raises(UsageError, match="save_merged merges an adapter, and use_peft is false"):
        train(arguments("--save_merged", "true"))


def test_a_model_that_is_nowhere(arguments):
    with pytest.raises(InputError, match="nobody/nothing"):
        train(arguments("--model_name_or_path", "nobody/nothing"))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "out of memory: lower per_device_train_batch_size"),
        (RuntimeError("CUDA out of memory. Tried to allocate"), "raise gradient_accumulation"),
        (OSError(28, "No space left on device", "/x"), "no space left on device at"),
    ],
)
def test_what_the_machine_lacks_is_a_sentence(arguments, monkeypatch, error, said):
    def fails(*args, **options):
        raise error

    monkeypatch.setattr("bmc_dpo.trainer.DPOTrainer.train", fails)
    with pytest.raises(TruingError, match=said):
        train(arguments())


def test_other_errors_stay_what_they_are(arguments, monkeypatch):
    def fails(*args, **options):
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("bmc_dpo.trainer.DPOTrainer.train", fails)
    with pytest.raises(RuntimeError, match="a fault of ours"):
        train(arguments())


def test_evaluation_data_of_its_own_and_a_checkpoint_by_name(arguments, tmp_path):
    evaluated = ("--eval_strategy", "steps", "--eval_steps", 1, "--save_steps", 1)
    named = ("--eval_dataset_name", tmp_path / "pairs.jsonl", "--limit", 2)
    result = train(arguments(*evaluated, *named))
    assert result["pairs"] == 2
    assert 0 < result["metrics"]["eval_loss"] < 2
    assert "eval_bmc/plain_margins" in result["metrics"]
    checkpoint = tmp_path / "out" / "checkpoint-1"
    more = ("--max_steps", 2, "--limit", 2)
    again = train(arguments(*more, "--resume_from_checkpoint", checkpoint))
    assert (again["steps"], again["resumed_from"]) == (2, str(checkpoint))


def test_the_last_checkpoint_when_asked_for(arguments):
    train(arguments("--save_steps", 1))
    again = train(arguments("--max_steps", 2, "--resume_from_checkpoint", "true"))
    assert again["steps"] == 2
    assert again["resumed_from"].endswith("checkpoint-1")


def test_streamed_data_have_no_number_of_pairs(arguments):
    assert "pairs" not in train(arguments("--dataset_streaming", "true", "--dry_run", "true"))
