"""``bmc-dpo train`` as a user meets it: in this process, and in one of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from transformers import AutoModelForCausalLM

from bmc_dpo.cli import app


@pytest.fixture
def lines(tmp_path, pairs):
    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
    return path


@pytest.fixture
def train(command_line, tiny_model_dir, lines):
    """Runs ``bmc-dpo train`` on the tiny model; gives exit code, stdout and stderr."""
    command = command_line(app, "bmc-dpo", "train")

    def run(*arguments, model=tiny_model_dir, data=lines):
        given = ("--model_name_or_path", model, "--dataset_name", data, "--output_dir", "out")
        return command(*given, *arguments)

    return run


QUICK = ("--max_steps", 2, "--per_device_train_batch_size", 2, "--logging_steps", 1)


def test_five_steps_and_the_same_command_again(train, tmp_path):
    code, out, _ = train(*QUICK, "--json")
    result = json.loads(out)
    assert (code, result["steps"], result["pairs"], result["resumed_from"]) == (0, 2, 4, None)
    record = json.loads((tmp_path / "out" / "bmc_run.json").read_text())
    assert record["versions"]["bmc-dpo"] == "0.1.0"
    assert (record["mode"], record["config"]["delta"], record["steps"]) == ("paper", 1.5, 2)
    assert (tmp_path / "out" / "model.safetensors").is_file()
    assert record["metrics"] == result["metrics"]
    card = (tmp_path / "out" / "README.md").read_text()
    assert "2408.07471" in card
    code, out, err = train(*QUICK, "--json")
    assert code == 0
    assert json.loads(out)["resumed_from"].endswith("checkpoint-2")
    assert "going on from" in err
    code, _, err = train(*QUICK, "--delta", 3)
    assert code == 1
    assert "was trained with another config (delta: 1.5 → 3.0)" in err
    code, out, err = train(*QUICK, "--delta", 3, "--fresh", "--json")
    assert (code, json.loads(out)["resumed_from"]) == (0, None)
    assert len(list(tmp_path.glob("out.old-*"))) == 1


def test_config_file_and_flags(train, tmp_path, tiny_model_dir):
    (tmp_path / "c.yaml").write_text("max_steps: 3\ndelta: 2.0\nobjective: ipo\nuse_peft: true\n")
    merged = ("--save_merged", "true")
    code, out, _ = train("--config", "c.yaml", "--max-steps", 1, *merged, "--json")
    result = json.loads(out)
    assert (code, result["steps"], result["objective"]) == (0, 1, "ipo")
    assert (tmp_path / "out" / "adapter_model.safetensors").is_file()
    whole = AutoModelForCausalLM.from_pretrained(tmp_path / "out" / "merged")
    base = AutoModelForCausalLM.from_pretrained(tiny_model_dir).state_dict()
    assert whole.state_dict().keys() == base.keys()


def test_a_dry_run_writes_no_model(train, tmp_path):
    code, out, _ = train("--dry_run", "true", "--per_device_train_batch_size", 2, "--json")
    assert code == 0
    assert json.loads(out) == {
        "pairs": 4, "pairs_without_difference": 0, "pairs_a_step": 2, "mode": "paper",
        "objective": "dpo", "variant": "bmc",
    }  # fmt: skip
    assert not (tmp_path / "out" / "model.safetensors").exists()
    assert "pairs: 4" in train("--dry_run").out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--delta", "-1"), 2, "delta is -1.0; expected a number from 0 up"),
        (("--objective", "kto"), 2, "--objective"),
        (("--no_such_option", "1"), 2, "no_such_option"),
        (("--config", "none.yaml"), 2, "there is no file 'none.yaml'"),
        (("--limit", "0"), 2, "limit is 0"),
    ],
)
def test_misuse(train, arguments, code, said):
    result, out, err = train(*arguments)
    assert (result, out) == (code, "")
    assert said in err
    assert "Traceback" not in err


def test_bad_input(train, tmp_path):
    code, out, err = train(*QUICK, data=tmp_path / "none.parquet")
    assert (code, out) == (1, "")
    assert "none.parquet: there is no such file" in err
    code, _, err = train(*QUICK, model=tmp_path / "nothing")
    assert code == 1
    assert "Traceback" not in err
    assert "nothing" in err


def environment():
    return {**os.environ, "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""}


def test_two_processes(tiny_model_dir, lines, tmp_path):
    command = [
        sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2",
        "--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no",
        "--main_process_port", "0", "-m", "bmc_dpo", "train",
        "--model_name_or_path", tiny_model_dir, "--dataset_name", lines,
        "--output_dir", tmp_path / "out", "--max_steps", 2, "--per_device_train_batch_size", 1,
        "--logging_steps", 1, "--precompute_ref_log_probs", "true",
    ]  # fmt: skip
    done = subprocess.run(
        [str(part) for part in command], env=environment(), capture_output=True, text=True,
        timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    record = json.loads((tmp_path / "out" / "bmc_run.json").read_text())
    assert (record["pairs_a_step"], record["steps"]) == (2, 2)
    assert (tmp_path / "out" / "model.safetensors").is_file()


def test_killed_and_started_again(tiny_model_dir, lines, tmp_path):
    command = [
        sys.executable, "-m", "bmc_dpo", "train", "--model_name_or_path", tiny_model_dir,
        "--dataset_name", lines, "--output_dir", tmp_path / "out", "--max_steps", 400,
        "--per_device_train_batch_size", 2, "--save_steps", 5, "--save_total_limit", 2, "--json",
    ]  # fmt: skip
    command = [str(part) for part in command]
    process = subprocess.Popen(
        command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 120
        while not list((tmp_path / "out").glob("checkpoint-*/trainer_state.json")):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    finally:
        process.wait()
    command[command.index("400")] = "30"
    folders = (tmp_path / "out").glob("checkpoint-*/trainer_state.json")
    reached = max(int(re.search(r"checkpoint-(\d+)", str(path))[1]) for path in folders)
    command[command.index("30")] = str(reached + 5)
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout)
    assert result["steps"] == reached + 5
    assert "checkpoint-" in result["resumed_from"]
