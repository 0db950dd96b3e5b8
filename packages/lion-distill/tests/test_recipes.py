"""The recipes: every field is known to train, and the numbers are the paper's."""

from __future__ import annotations

import pytest
import yaml

from lion_distill.cli import app
from truing_core.training.recipes import recipe, recipes

PACKAGE = "lion_distill.recipes"
NAMES = [each.name for each in recipes(PACKAGE) if not each.of_accelerate]


def test_those_there_are(command_line, tmp_path):
    command = command_line(app, "lion-distill", "recipes")
    assert NAMES == ["demo", "lora", "paper"]
    assert [each["name"] for each in command("list", "--json").json] == [
        "accelerate-fsdp", "accelerate-zero3", "demo", "lora", "paper",
    ]  # fmt: skip
    assert command("copy", "paper", "my.yaml").code == 0
    assert (tmp_path / "my.yaml").read_text("utf-8") == recipe(PACKAGE, "paper").text


@pytest.mark.parametrize("name", NAMES)
def test_every_field_is_known_to_train(name, tmp_path):
    pytest.importorskip("trl", reason="needs the training stack")
    from lion_distill.training import parse

    file = tmp_path / "recipe.yaml"
    file.write_text(recipe(PACKAGE, name).text, "utf-8")
    _, config, model, command = parse(["--config", str(file), "--output_dir", str(tmp_path)])
    wanted = yaml.safe_load(recipe(PACKAGE, name).text)
    read = {**vars(model), **vars(config), **vars(command)}
    assert {field: read[field] for field in wanted} == wanted
    assert "train_sampling_strategy" not in wanted  # the default is the fast one
    assert f"#   lion-distill train --config {name}.yaml" in recipe(PACKAGE, name).text
    assert f"#   lion-distill run --training {name} --student " in recipe(PACKAGE, name).text


@pytest.mark.parametrize("name", ["paper", "lora"])
def test_the_papers_numbers(name):
    wanted = yaml.safe_load(recipe(PACKAGE, name).text)
    assert wanted["learning_rate"] == (2e-5 if name == "paper" else 2e-4)
    assert (wanted["num_train_epochs"], wanted["max_length"]) == (3, 1024)
    assert (wanted["lr_scheduler_type"], wanted["warmup_steps"]) == ("cosine", 0.03)
    batch = wanted["per_device_train_batch_size"] * wanted["gradient_accumulation_steps"]
    assert batch == 128
