"""Defaults are the paper's, and what cannot be is a sentence."""

from __future__ import annotations

import pytest
import yaml
from accelerate.commands.config.config_args import load_config_from_file

from lte_edit.training import parse
from lte_edit.training.config import LTEConfig
from truing_core.errors import UsageError
from truing_core.training.recipes import recipe, recipes

PACKAGE = "lte_edit.recipes"
TRAINING = [each.name for each in recipes(PACKAGE) if not each.of_accelerate]
ACCELERATE = [each.name for each in recipes(PACKAGE) if each.of_accelerate]


def test_lora_by_default_and_the_rates_of_both_ways(tmp_path):
    _, config, model, _ = parse(["--output_dir", str(tmp_path)])
    assert (model.use_peft, model.lora_r, model.lora_alpha, model.lora_dropout) == (
        True, 8, 16, 0.05,
    )  # fmt: skip
    assert (config.learning_rate, config.num_train_epochs, config.max_length) == (3e-4, 3.0, 2048)
    assert config.completion_only_loss is True
    _, config, _, _ = parse(["--output_dir", str(tmp_path), "--use_peft", "false"])
    assert config.learning_rate == 2e-5
    _, config, _, _ = parse(["--output_dir", str(tmp_path), "--learning_rate", "1e-3"])
    assert config.learning_rate == 1e-3


@pytest.mark.parametrize(
    ("field", "what"),
    [
        ({"assistant_only_loss": True}, "assistant_only_loss is always so"),
        ({"completion_only_loss": False}, "the loss is on completions alone"),
    ],
)
def test_what_lte_decides_cannot_be_set(tmp_path, field, what):
    with pytest.raises(UsageError, match=what):
        LTEConfig(str(tmp_path), **field)


@pytest.mark.parametrize("name", TRAINING)
def test_every_field_of_a_recipe_is_known_to_train(name, tmp_path):
    file = tmp_path / "recipe.yaml"
    file.write_text(recipe(PACKAGE, name).text, "utf-8")
    _, config, model, command = parse(["--config", str(file), "--output_dir", str(tmp_path)])
    given = yaml.safe_load(recipe(PACKAGE, name).text)
    read = {**vars(model), **vars(config), **vars(command)}
    assert {field: read[field] for field in given} == given
    # The first line is what the list shows.
    assert ("batch 128" in recipe(PACKAGE, name).about) == (name != "smollm2-135m")
    assert recipe(PACKAGE, name).text.count("#   ") >= 1, "says how it is run"


@pytest.mark.parametrize("name", ACCELERATE)
def test_accelerate_reads_its_own(name, tmp_path):
    file = tmp_path / "accelerate.yaml"
    file.write_text(recipe(PACKAGE, name).text, "utf-8")
    assert "-m lte_edit train" in recipe(PACKAGE, name).text
    kind = {"accelerate-fsdp": "FSDP", "accelerate-zero3": "DEEPSPEED"}[name]
    assert load_config_from_file(str(file)).distributed_type.value == kind
