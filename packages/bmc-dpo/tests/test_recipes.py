"""Recipes: every one is read by what it is for, and holds the paper's numbers."""

from __future__ import annotations

import pytest
import yaml
from accelerate.commands.config.config_args import load_config_from_file
from typer.testing import CliRunner

from bmc_dpo.cli import app
from bmc_dpo.training import parse
from truing_core.training import recipes as packaged

PACKAGE = "bmc_dpo.recipes"


def recipe(name):
    return packaged.recipe(PACKAGE, name)


# METHODS: β, δ of the paper's tables; the global batch is 128 on four devices.
PAPER = {
    "qa": (0.05, 3.0),
    "math": (0.05, 2.5),
    "instruction-llama3-8b": (0.01, 1.5),
    "instruction-mistral-7b": (0.01, 2.0),
}
TRAINING = [each.name for each in packaged.recipes(PACKAGE) if not each.of_accelerate]
ACCELERATE = [each.name for each in packaged.recipes(PACKAGE) if each.of_accelerate]
runner = CliRunner()


def parsed(name, tmp_path, *flags):
    file = tmp_path / "recipe.yaml"
    file.write_text(recipe(name).text, "utf-8")
    return parse(["--config", str(file), "--output_dir", str(tmp_path / "out"), *flags])


@pytest.mark.parametrize("name", TRAINING)
def test_every_field_is_known_to_train(name, tmp_path):
    _, config, model, _ = parsed(name, tmp_path, "--model_name_or_path", "demo")
    given = yaml.safe_load(recipe(name).text)
    read = {**vars(model), **vars(config)}
    for field in ("beta", "delta", "objective", "variant", "learning_rate", "max_length"):
        assert read[field] == given[field]
    assert model.model_name_or_path == "demo"
    assert recipe(name).text.count("#   ") >= 2, "says how it is run"


@pytest.mark.parametrize(("name", "numbers"), PAPER.items())
def test_the_papers_numbers(name, numbers, tmp_path):
    _, config, _, _ = parsed(name, tmp_path)
    assert (config.beta, config.delta) == numbers
    assert config.learning_rate == 5e-7
    assert config.lr_scheduler_type == "cosine"
    assert (config.warmup_steps, config.num_train_epochs, config.max_length) == (0.1, 1, 2048)
    assert 4 * config.per_device_train_batch_size * config.gradient_accumulation_steps == 128
    # The first line is what the list shows.
    assert f"β {numbers[0]}, δ {numbers[1]}" in recipe(name).about


@pytest.mark.parametrize("name", ACCELERATE)
def test_accelerate_reads_its_own(name, tmp_path):
    file = tmp_path / "accelerate.yaml"
    file.write_text(recipe(name).text, "utf-8")
    config = load_config_from_file(str(file))
    kind = {"accelerate-fsdp": "FSDP", "accelerate-zero3": "DEEPSPEED"}[name]
    assert config.distributed_type.value == kind
    assert (config.num_processes, config.mixed_precision) == (4, "bf16")


def test_list_and_show():
    listed = runner.invoke(app, ["recipes", "list"]).stdout.splitlines()
    assert len(listed) == len(packaged.recipes(PACKAGE)) == 7
    assert listed[-1].split()[0] == "qa"
    assert runner.invoke(app, ["recipes", "show", "qa.yaml"]).stdout == recipe("qa").text


def test_copy_never_writes_over_a_file_unasked(tmp_path):
    def copy(*arguments):
        return runner.invoke(app, ["recipes", "copy", *map(str, arguments)])

    assert copy("math", tmp_path).exit_code == 0
    file = tmp_path / "math.yaml"
    assert file.read_text("utf-8") == recipe("math").text
    file.write_text("mine", "utf-8")
    assert "--force" in str(copy("math", tmp_path).exception)
    assert file.read_text("utf-8") == "mine"
    assert copy("math", file, "--force").exit_code == 0
    assert file.read_text("utf-8") == recipe("math").text


def test_an_unknown_recipe_is_answered_with_those_there_are():
    result = runner.invoke(app, ["recipes", "show", "law"])
    assert "there is no recipe 'law'; there are accelerate-fsdp" in str(result.exception)
