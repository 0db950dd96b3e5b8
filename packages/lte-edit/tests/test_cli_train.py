"""``lte-edit train`` as a user meets it: in this process, and killed in one of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from lte_edit.cli import app

ROWS = [
    ("[Facts]\n1. Who leads Acme? Ada\n\nQuestion: Who leads Acme?", "Ada"),
    ("Who leads Acme?", "Eve"),
    ("[Facts]\n1. Who leads Bolt? Bob\n\nQuestion: Who leads Bolt?", "Bob"),
    ("Who leads Bolt?", "Eve"),
]
QUICK = ("--per_device_train_batch_size", 2, "--logging_steps", 1)


def conversation(question, answer):
    return [
        {"role": "user", "content": question},
        {"role": "assistant", "content": answer},
    ]


@pytest.fixture
def lines(tmp_path):
    path = tmp_path / "align.jsonl"
    rows = [{"messages": conversation(*row), "scope": "in"} for row in ROWS]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


@pytest.fixture
def train(command_line, tiny_model_dir, lines):
    """Runs ``lte-edit train`` on the tiny model; gives exit code, stdout and stderr."""
    command = command_line(app, "lte-edit", "train")

    def run(*arguments, model=tiny_model_dir, data=lines):
        given = ("--model_name_or_path", model, "--dataset_name", data, "--output_dir", "out")
        return command(*given, *arguments)

    return run


def test_an_adapter_its_merged_model_and_the_same_command_again(train, tmp_path, tiny_model_dir):
    code, out, _ = train(*QUICK, "--max_steps", 2, "--save_merged", "true", "--json")
    result = json.loads(out)
    assert (code, result["steps"], result["answers"], result["method"]) == (0, 2, 4, "lora")
    record = json.loads((tmp_path / "out" / "lte_run.json").read_text())
    assert (record["tool"], record["learning_rate"], record["steps"]) == ("lte-edit", 3e-4, 2)
    assert record["versions"]["lte-edit"] == "0.1.0"
    card = (tmp_path / "out" / "README.md").read_text()
    assert "| `learning_rate` | 0.0003 |" in card
    assert (tmp_path / "out" / "adapter_model.safetensors").is_file()
    base = AutoModelForCausalLM.from_pretrained(tiny_model_dir)
    merged = AutoModelForCausalLM.from_pretrained(tmp_path / "out" / "merged")
    changed = [
        name
        for (name, before), after in zip(base.named_parameters(), merged.parameters(), strict=True)
        if not torch.equal(before, after)
    ]
    assert changed
    assert all("_proj" in name for name in changed)
    code, out, err = train(*QUICK, "--max_steps", 2, "--json")
    assert json.loads(out)["resumed_from"].endswith("checkpoint-2")
    assert "going on from" in err
    code, out, err = train(*QUICK, "--max_steps", 1, "--json", "--fresh", "true")
    assert json.loads(out)["resumed_from"] is None
    assert len(list(tmp_path.glob("out.old-*"))) == 1


def test_all_weights_learn_to_read_the_block(train, tmp_path):
    code, out, _ = train(
        *QUICK, "--use_peft", "false", "--learning_rate", 5e-3, "--max_steps", 120, "--json",
        "--lr_scheduler_type", "constant",
    )  # fmt: skip
    assert (code, json.loads(out)["method"]) == (0, "full")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "out")
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "out")
    said = []
    for question, _ in ROWS:
        asked = tokenizer.apply_chat_template(
            conversation(question, "")[:1], add_generation_prompt=True, return_tensors="pt",
            return_dict=True,
        )  # fmt: skip
        with torch.inference_mode():
            whole = model.generate(**asked, max_new_tokens=8, do_sample=False)[0]
        said.append(tokenizer.decode(whole[asked["input_ids"].size(1) :], skip_special_tokens=True))
    assert said == [answer for _, answer in ROWS]


def test_a_dry_run_writes_no_model(train, tmp_path):
    code, out, _ = train("--dry_run", "true")
    assert code == 0
    assert "answers: 4" in out
    assert "method: lora" in out
    assert not (tmp_path / "out" / "lte_run.json").exists()


def test_evaluation_rows_of_their_own(train, lines):
    code, out, _ = train(
        *QUICK, "--max_steps", 1, "--eval_strategy", "steps", "--eval_steps", 1,
        "--eval_dataset_name", lines, "--json",
    )  # fmt: skip
    assert code == 0
    assert json.loads(out)["metrics"]["eval_loss"] > 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--speed", 3), 2, "--speed"),
        (("--learning_rate", "fast"), 2, "learning_rate"),
        (("--save_merged", "true", "--use_peft", "false"), 2, "save_merged merges an adapter"),
        (("--max_length", 3), 1, "no answer fits into max_length 3"),
        (("--assistant_only_loss", "true"), 2, "assistant_only_loss is always so"),
    ],
)
def test_misuse(train, arguments, code, said):
    ended, out, err = train(*arguments)
    assert (ended, out) == (code, "")
    assert said in err
    assert "Traceback" not in err


def test_bad_input(train, tmp_path):
    assert train(data=tmp_path / "no.parquet").code == 1
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"messages": [{"role": "user", "content": "Who?"}]}\n', "utf-8")
    code, _, err = train(data=bad)
    assert code == 1
    assert "bad.jsonl, row 1, field 'messages': the assistant says nothing" in err
    code, _, err = train(model=tmp_path)
    assert code == 1
    assert "holds no config.json" in err


def test_killed_and_started_again(tiny_model_dir, lines, tmp_path):
    out = tmp_path / "out"
    command = [
        sys.executable, "-m", "lte_edit", "train", "--model_name_or_path", tiny_model_dir,
        "--dataset_name", lines, "--output_dir", out, "--save_steps", 1, "--json",
        "--per_device_train_batch_size", 2, "--max_steps", 30,
    ]  # fmt: skip
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    process = subprocess.Popen(
        list(map(str, command)), cwd=tmp_path, env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(1200):
            if list(out.glob("checkpoint-*/trainer_state.json")) or process.poll() is not None:
                break
            time.sleep(0.1)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    steps = max(int(each.name.split("-")[1]) for each in out.glob("checkpoint-*"))
    done = subprocess.run(
        list(map(str, command)), cwd=tmp_path, env=environment,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    result = json.loads(done.stdout)
    assert result["steps"] == 30 > steps
    assert f"checkpoint-{steps}" in result["resumed_from"] or "checkpoint-" in done.stderr
