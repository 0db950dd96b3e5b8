"""``webr-synth train`` as a user meets it: in this process, and killed in one of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
import yaml

from truing_core.records import write_rows
from truing_core.training.recipes import recipe, recipes
from webr_synth.cli import app
from webr_synth.rows import SynthRow

pytest.importorskip("trl", reason="needs the extra train")

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from truing_core.training.sft import make_trainer
from webr_synth.training import TOOL, parse

PACKAGE = "webr_synth.recipes"
RECIPES = [each.name for each in recipes(PACKAGE) if not each.of_accelerate]
QUICK = ("--per_device_train_batch_size", 2, "--logging_steps", 1)
ASKED = [
    ("Where do storks nest?", "On roofs."),
    ("Who bakes at night?", "A baker."),
    ("Sing the text: bread is good.", "Bread, bread, is good."),
]


def row(place, question, answer):
    wi = place == 2
    return SynthRow(
        prompt_id=f"{place:016x}-wr_whole",
        messages=[
            {"role": "user", "content": question},
            {"role": "assistant", "content": answer},
        ],
        doc_id=f"{place:016x}",
        perspective="wi_whole" if wi else "wr_whole",
        author="A baker.",
        request=question,
        draft=None if wi else "A draft.",
        document="Bread is good.",
        section_chars=14,
        document_first=True if wi else None,
        length_limit=50,
        url=None if place else "http://example.org",
        language="en",
        model="demo",
        seed=0,
    ).row()


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "rows.parquet"
    write_rows(path, [row(place, *asked) for place, asked in enumerate(ASKED)])
    return path


@pytest.fixture
def train(command_line, tiny_model_dir, data):
    """Runs ``webr-synth train`` on the tiny model; gives exit code, stdout and stderr."""
    command = command_line(app, "webr-synth", "train")

    def run(*arguments, model=tiny_model_dir, rows=data):
        given = ("--model_name_or_path", model, "--dataset_name", rows, "--output_dir", "out")
        return command(*given, *arguments)

    return run


def test_all_weights_learn_the_answers(train, tmp_path, tiny_model_dir):
    outcome = train(
        *QUICK, "--learning_rate", 5e-3, "--max_steps", 100, "--lr_scheduler_type", "constant",
        "--json",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    result = outcome.json
    assert (result["method"], result["answers"], result["steps"]) == ("full", 3, 100)
    state = json.loads((tmp_path / "out" / "checkpoint-100" / "trainer_state.json").read_text())
    losses = [each["loss"] for each in state["log_history"] if "loss" in each]
    assert len(losses) == 100
    assert sum(losses[-5:]) < 0.2 * sum(losses[:5])
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "out")
    base = dict(AutoModelForCausalLM.from_pretrained(tiny_model_dir).named_parameters())
    same = [name for name, after in model.named_parameters() if torch.equal(base[name], after)]
    assert same == []
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "out")
    for question, answer in ASKED:
        asked = tokenizer.apply_chat_template(
            [{"role": "user", "content": question}], add_generation_prompt=True,
            return_tensors="pt", return_dict=True,
        )  # fmt: skip
        with torch.inference_mode():
            whole = model.generate(**asked, max_new_tokens=24, do_sample=False)[0]
        said = tokenizer.decode(whole[asked["input_ids"].size(1) :], skip_special_tokens=True)
        assert said == answer


def test_only_the_assistant_is_learned(data, tmp_path, tiny_model_dir):
    arguments = [
        "--model_name_or_path", str(tiny_model_dir), "--dataset_name", str(data),
        "--output_dir", str(tmp_path / "out"), "--report_to", "none",
    ]  # fmt: skip
    rows, config, model, _ = parse(arguments)
    trainer = make_trainer(TOOL, rows, config, model)
    tokenizer = trainer.processing_class
    for (question, answer), fed in zip(ASKED, trainer.train_dataset, strict=True):
        learned = [label for label in fed["labels"] if label != -100]
        assert tokenizer.decode(learned) == f"{answer}<|im_end|>\n"
        assert question in tokenizer.decode(fed["input_ids"])
        assert fed["labels"][-len(learned) :] == learned


def test_an_adapter_its_merged_model_and_the_same_command_again(train, tmp_path, tiny_model_dir):
    adapter = (*QUICK, "--use_peft", "true", "--save_merged", "true", "--json")
    outcome = train(*adapter, "--max_steps", 2)
    assert outcome.code == 0, outcome.err
    assert (outcome.json["method"], outcome.json["learning_rate"]) == ("lora", 2e-4)
    record = json.loads((tmp_path / "out" / "webr_run.json").read_text())
    assert (record["tool"], record["steps"], record["config"]["max_length"]) == (
        "webr-synth", 2, 4096,
    )  # fmt: skip
    card = (tmp_path / "out" / "README.md").read_text()
    assert "### WebR (arXiv 2504.15573)" in card
    assert "| `warmup_steps` | 0.1 |" in card
    base = AutoModelForCausalLM.from_pretrained(tiny_model_dir)
    merged = AutoModelForCausalLM.from_pretrained(tmp_path / "out" / "merged")
    changed = [
        name
        for (name, before), after in zip(base.named_parameters(), merged.parameters(), strict=True)
        if not torch.equal(before, after)
    ]
    assert changed
    assert all("_proj" in name for name in changed)
    outcome = train(*adapter, "--max_steps", 3)
    assert outcome.json["resumed_from"].endswith("checkpoint-2")
    assert outcome.json["steps"] == 3


def test_a_folder_of_shards_and_lines(train, data, tmp_path):
    shards = tmp_path / "shards"
    for place, asked in enumerate(ASKED):
        write_rows(shards / f"part-{place:05d}.parquet", [row(place, *asked)])
    assert "answers: 3\n" in train("--dry_run", "true", rows=shards).out
    lines = tmp_path / "rows.jsonl"
    write_rows(lines, [row(place, *asked) for place, asked in enumerate(ASKED)])
    outcome = train("--dry_run", "true", "--limit", 2, rows=lines)
    assert "answers: 2\nanswers_a_step: 8\nmethod: full\nlearning_rate: 2e-05\n" in outcome.out
    assert not (tmp_path / "out" / "webr_run.json").exists()


def test_the_papers_numbers_by_default(tmp_path):
    _, config, model, _ = parse(["--output_dir", str(tmp_path)])
    assert (config.learning_rate, config.num_train_epochs, config.max_length) == (2e-5, 4.0, 4096)
    assert (str(config.lr_scheduler_type.value), config.warmup_steps) == ("cosine", 0.1)
    assert (config.completion_only_loss, model.use_peft) == (True, False)
    _, config, model, _ = parse(["--output_dir", str(tmp_path), "--use_peft", "true"])
    assert (config.learning_rate, model.lora_r, model.lora_alpha) == (2e-4, 16, 32)
    assert model.lora_target_modules == "all-linear"
    _, config, _, _ = parse(["--output_dir", str(tmp_path), "--learning_rate", "1e-3"])
    assert config.learning_rate == 1e-3


@pytest.mark.parametrize("name", RECIPES)
def test_every_field_of_a_recipe_is_known_to_train(name, tmp_path):
    file = tmp_path / "recipe.yaml"
    file.write_text(recipe(PACKAGE, name).text, "utf-8")
    _, config, model, command = parse(["--config", str(file), "--output_dir", str(tmp_path)])
    wanted = yaml.safe_load(recipe(PACKAGE, name).text)
    read = {**vars(model), **vars(config), **vars(command)}
    assert {field: read[field] for field in wanted} == wanted
    paper = ("num_train_epochs", 4), ("lr_scheduler_type", "cosine"), ("warmup_steps", 0.1)
    assert all(wanted[field] == value for field, value in paper)
    if name != "smollm2-135m":
        devices = 4 if "4 devices" in recipe(PACKAGE, name).text else 1
        answers = wanted["per_device_train_batch_size"] * wanted["gradient_accumulation_steps"]
        assert answers * devices == 128
        assert wanted["max_length"] == 4096
    assert "#   webr-synth train" in recipe(PACKAGE, name).text.replace(
        "accelerate launch --config_file accelerate-fsdp.yaml -m webr_synth", "webr-synth"
    )


def test_recipes_on_the_command_line(command_line, tmp_path):
    command = command_line(app, "webr-synth", "recipes")
    assert [each["name"] for each in command("list", "--json").json] == sorted(
        [*RECIPES, "accelerate-fsdp", "accelerate-zero3"]
    )
    assert command("copy", "llama3-8b", "my.yaml").code == 0
    assert (tmp_path / "my.yaml").read_text("utf-8") == recipe(PACKAGE, "llama3-8b").text


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--speed", 3), 2, "--speed"),
        (("--learning_rate", "fast"), 2, "learning_rate"),
        (("--save_merged", "true"), 2, "save_merged merges an adapter"),
        (("--max_length", 3), 1, "no answer fits into max_length 3"),
        (("--assistant_only_loss", "true"), 2, "assistant_only_loss is always so"),
    ],
)
def test_misuse(train, arguments, code, said):
    outcome = train(*arguments)
    assert (outcome.code, outcome.out) == (code, "")
    assert said in outcome.err
    assert "Traceback" not in outcome.err


def test_bad_input(train, tmp_path):
    assert "there is no such file" in train(rows=tmp_path / "no.parquet").err
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"messages": [{"role": "user", "content": "Who?"}]}\n', "utf-8")
    outcome = train(rows=bad)
    assert outcome.code == 1
    assert "bad.jsonl, row 1, field 'messages': the assistant says nothing" in outcome.err
    bad.write_text('{"text": "a"}\n', "utf-8")
    assert "has no column 'messages' (but text); expected what run writes" in train(rows=bad).err
    outcome = train(model=tmp_path)
    assert outcome.code == 1
    assert "holds no config.json" in outcome.err


def test_without_the_extra(command_line, monkeypatch):
    monkeypatch.setitem(sys.modules, "trl", None)
    for module in ("webr_synth.training", "truing_core.training.papers"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    outcome = command_line(app, "webr-synth", "train")("--output_dir", "out")
    assert outcome.code == 1
    assert "pip install 'webr-synth[train]'" in outcome.err


def test_killed_and_started_again(tiny_model_dir, data, tmp_path):
    out = tmp_path / "out"
    command = [
        sys.executable, "-m", "webr_synth", "train", "--model_name_or_path", tiny_model_dir,
        "--dataset_name", data, "--output_dir", out, "--save_steps", 1, "--json",
        "--per_device_train_batch_size", 2, "--max_steps",
    ]  # fmt: skip
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    process = subprocess.Popen(
        [*map(str, command), "5000"], cwd=tmp_path, env=environment,
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
    steps = max(int(each.parent.name.split("-")[1]) for each in out.glob("*/trainer_state.json"))
    done = subprocess.run(
        [*map(str, command), str(steps + 2)], cwd=tmp_path, env=environment,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    result = json.loads(done.stdout)
    assert result["steps"] == steps + 2
    assert "checkpoint-" in result["resumed_from"]
