"""Every packaged configuration is one that train, or accelerate, reads."""

from __future__ import annotations

import pytest
import yaml
from accelerate.commands.config.config_args import load_config_from_file

from lte_edit.training import parse
from truing_core.training.recipes import recipe, recipes

PACKAGE = "lte_edit.recipes"
TRAINING = [each.name for each in recipes(PACKAGE) if not each.of_accelerate]
ACCELERATE = [each.name for each in recipes(PACKAGE) if each.of_accelerate]


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
