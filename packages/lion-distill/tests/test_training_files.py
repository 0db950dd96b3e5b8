from pathlib import Path

import pytest

from lion_distill.training_files import training_values
from truing_core.errors import InputError, UsageError


def test_a_file_and_settings_that_win(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("learning_rate: 1e-5\nmax-steps: 7\nuse_peft: true\noutput_dir: elsewhere\n")
    values = training_values(str(file), ["max_steps=9", "--lr-scheduler-type=linear", "bf16=no"])
    assert values == {
        "learning_rate": 1e-5, "max_steps": 9, "use_peft": True, "lr_scheduler_type": "linear",
        "bf16": False,
    }  # fmt: skip


@pytest.mark.parametrize("name", ["paper", "lora", "demo"])
def test_recipes_leave_model_data_and_folder_to_the_loop(name: str) -> None:
    values = training_values(name)
    assert values["num_train_epochs"] > 0
    assert not {"model_name_or_path", "dataset_name", "output_dir"} & set(values)


def test_marks_of_a_recipe_s_model_are_for_no_other() -> None:
    its_own = training_values("lora", student="Qwen/Qwen2.5-7B")
    assert its_own["eos_token"] == "<|im_end|>"
    assert "eos_token" not in training_values("lora", student="demo")
    assert "chat_template_path" not in training_values("paper", student="demo")


@pytest.mark.parametrize("setting", ["max_steps", "=3", "a b=3", ""])
def test_a_setting_without_name_or_value(setting: str) -> None:
    with pytest.raises(UsageError, match="expected NAME=VALUE"):
        training_values("paper", [setting])


def test_what_the_loop_sets_itself() -> None:
    with pytest.raises(UsageError, match="the loop sets it itself"):
        training_values("paper", ["output_dir=x"])


def test_no_such_recipe_and_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"'papr' is no recipe \(demo, lora, paper\)"):
        training_values("papr")
    with pytest.raises(UsageError, match="there is no file"):
        training_values(str(tmp_path / "mine.yaml"))


@pytest.mark.parametrize("text", ["- a\n- b\n", "3", ""])
def test_a_file_that_is_no_mapping(tmp_path: Path, text: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match="expected 'option: value' lines"):
        training_values(str(file))


def test_a_file_that_is_no_yaml(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("a: [1,\n")
    with pytest.raises(InputError, match="no valid YAML"):
        training_values(str(file))
