"""``lion-distill train`` as a user meets it."""

from __future__ import annotations

import json

import pytest

from lion_distill.cli import app

pytest.importorskip("trl", reason="needs the training stack")


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "responses.jsonl"
    rows = [
        {"role": "user", "content": "Where do storks nest?"},
        {"role": "assistant", "content": "On roofs."},
    ]
    path.write_text("".join(json.dumps({"id": n, "messages": rows}) + "\n" for n in "abc"), "utf-8")
    return path


@pytest.fixture
def train(command_line, tiny_model_dir, data):
    command = command_line(app, "lion-distill", "train")

    def run(*arguments, model=tiny_model_dir, rows=data):
        given = ("--model_name_or_path", model, "--dataset_name", rows, "--output_dir", "out")
        return command(*given, *arguments)

    return run


def test_trained_and_gone_on_with(train, tmp_path):
    adapter = ("--use_peft", "true", "--save_merged", "true", "--json")
    outcome = train(*adapter, "--max_steps", 1)
    assert outcome.code == 0, outcome.err
    assert (outcome.json["method"], outcome.json["steps"]) == ("lora", 1)
    assert (tmp_path / "out" / "merged" / "model.safetensors").is_file()
    outcome = train(*adapter, "--max_steps", 2)
    assert outcome.json["resumed_from"].endswith("checkpoint-1")
    assert outcome.json["steps"] == 2


def test_a_plan(train, tmp_path):
    outcome = train("--dry_run", "true", "--limit", 2)
    assert "answers: 2\nanswers_a_step: 8\nmethod: full\nlearning_rate: 2e-05\n" in outcome.out
    assert not (tmp_path / "out" / "lion_run.json").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--speed", 3), 2, "--speed"),
        (("--train_sampling_strategy", "alphabetical"), 2, "train_sampling_strategy"),
        (("--save_merged", "true"), 2, "save_merged merges an adapter"),
        (("--max_length", 3), 1, "no answer fits into max_length 3"),
    ],
)
def test_misuse(train, arguments, code, said):
    outcome = train(*arguments)
    assert (outcome.code, outcome.out) == (code, "")
    assert said in outcome.err
    assert "Traceback" not in outcome.err


def test_other_rows(train, tmp_path):
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"text": "a"}\n', "utf-8")
    outcome = train(rows=bad)
    assert outcome.code == 1
    assert "has no column 'messages' (but text); expected what respond writes" in outcome.err
