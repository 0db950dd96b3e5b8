"""What the student is trained with, out of a recipe, a file and single values."""

from __future__ import annotations

import pytest

from lion_distill.choices import StudentChoice
from lion_distill.imitation import training_values
from lion_distill.imitation.settings import settings
from lion_distill.imitation.student import Mark
from lion_distill.workspace import Iteration
from truing_core.errors import InputError, UsageError


def test_a_recipe_a_file_and_values(tmp_path):
    paper = training_values("paper")
    assert (paper["learning_rate"], paper["num_train_epochs"], paper["max_length"]) == (
        2e-5, 3, 1024,
    )  # fmt: skip
    assert paper["per_device_train_batch_size"] * paper["gradient_accumulation_steps"] == 128
    file = tmp_path / "my.yaml"
    file.write_text("learning_rate: 1.0e-4\noutput_dir: x\nuse_peft: true\n", "utf-8")
    values = training_values(str(file), ["max_steps=3", "lora_target_modules=[a, b]"])
    assert values == {
        "learning_rate": 1e-4, "use_peft": True, "max_steps": 3, "lora_target_modules": ["a", "b"],
    }  # fmt: skip
    file.write_text("", "utf-8")
    assert training_values(str(file)) == {}


@pytest.mark.parametrize(
    ("source", "sets", "kind", "said"),
    [
        ("papre", [], UsageError, "there is no recipe 'papre'; there are .*demo, lora, paper"),
        ("no.yaml", [], InputError, "no.yaml: there is no such file"),
        ("bad.yaml", [], InputError, "bad.yaml: is no valid YAML"),
        ("list.yaml", [], InputError, "list.yaml: holds no settings; expected TRL's names"),
        ("paper", ["max_steps"], UsageError, "'max_steps' is no setting; expected NAME=VALUE"),
        ("paper", ["max steps=3"], UsageError, "is no setting; expected NAME=VALUE"),
        ("paper", ["dry_run=true"], UsageError, "dry_run is no setting for the loop: the plan"),
        (
            "paper",
            ["hub_token=hf_x"],
            UsageError,
            "hub_token would stand in training.yaml .*HF_TOKEN",
        ),
        ("paper", ["fresh=true"], UsageError, "fresh is no setting for the loop: run --fresh"),
    ],
)
def test_bad_sources(tmp_path, monkeypatch, source, sets, kind, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.yaml").write_text("a: [", "utf-8")
    (tmp_path / "list.yaml").write_text("- a\n", "utf-8")
    with pytest.raises(kind, match=said):
        training_values(source, sets)


def test_what_the_loop_sets(tmp_path):
    at = Iteration(tmp_path, 0)
    student = StudentChoice("owner/model", {"learning_rate": 1e-3, "output_dir": "elsewhere"})
    assert settings(at, student) == {
        "report_to": "none",
        "save_total_limit": 1,
        "logging_steps": 1,
        "learning_rate": 1e-3,
        "model_name_or_path": "owner/model",
        "dataset_name": str(at.responses),
        "output_dir": str(at.student),
        "save_merged": False,
    }
    lora = StudentChoice("owner/model", {"use_peft": "True", "logging_steps": 5})
    assert settings(at, lora)["save_merged"] is True
    assert settings(at, lora)["logging_steps"] == 5


def test_a_template_goes_with_its_own_model_only(tmp_path):
    at = Iteration(tmp_path, 0)
    paper = training_values("paper")
    own = settings(at, StudentChoice(paper["model_name_or_path"], paper))
    assert own["chat_template_path"] == "meta-llama/Llama-2-7b-chat-hf"
    other = settings(at, StudentChoice("owner/model", paper))
    assert "chat_template_path" not in other
    assert other["model_name_or_path"] == "owner/model"
    lora = training_values("lora")
    assert settings(at, StudentChoice("Qwen/Qwen2.5-7B", lora))["eos_token"] == "<|im_end|>"
    assert "eos_token" not in settings(at, StudentChoice("owner/model", lora))
    chosen = training_values("lora", ["eos_token=</s>"])
    assert settings(at, StudentChoice("owner/model", chosen))["eos_token"] == "</s>"


def test_where_a_training_begins(tmp_path, tiny_model_dir):
    before = Iteration(tmp_path, 0)
    at = Iteration(tmp_path, 1)
    student = StudentChoice("owner/model", {"chat_template_path": "owner/chat"})
    with pytest.raises(InputError, match="run 'lion-distill imitate --iteration 0' first"):
        settings(at, student)
    before.student.mkdir(parents=True)
    (before.student / "merged").symlink_to(tiny_model_dir)
    Mark("a", "merged").write(before)
    found = settings(at, student)
    assert found["model_name_or_path"] == str(before.student / "merged")
    assert "chat_template_path" not in found  # the student before brings it
    anew = settings(at, StudentChoice("owner/model", start="base"))
    assert anew["model_name_or_path"] == "owner/model"
