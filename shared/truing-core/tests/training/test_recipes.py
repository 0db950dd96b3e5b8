"""Recipes of a package that exists only here, and those for accelerate that every tool has."""

from __future__ import annotations

import sys

import pytest
import typer

from truing_core.errors import UsageError
from truing_core.training.recipes import recipe, recipes, recipes_app

QA = "# Questions and answers.\nlearning_rate: 5.0e-7\n"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """``own_tool.recipes`` with one YAML file, and something that is none."""
    folder = tmp_path / "site" / "own_tool" / "recipes"
    folder.mkdir(parents=True)
    for each in (folder, folder.parent):
        (each / "__init__.py").write_text("")
    (folder / "qa.yaml").write_text(QA)
    (folder / "notes.txt").write_text("none")
    monkeypatch.syspath_prepend(tmp_path / "site")
    yield "own_tool.recipes"
    for name in [each for each in sys.modules if each.partition(".")[0] == "own_tool"]:
        del sys.modules[name]


@pytest.fixture
def command(package, command_line):
    app = typer.Typer()
    app.add_typer(recipes_app(package, "own-tool"), name="recipes")
    return command_line(app, "own-tool", "recipes")


def test_own_ones_and_those_for_accelerate(package):
    found = recipes(package)
    names = [each.name for each in found]
    assert names == sorted(names)
    assert [each.name for each in found if not each.of_accelerate] == ["qa"]
    assert recipe(package, "qa.yaml").text == QA
    assert recipe(package, "qa").about == "Questions and answers."
    launchers = [each for each in found if each.of_accelerate]
    assert launchers
    assert all("own_tool" in each.text and "MODULE" not in each.text for each in launchers)
    with pytest.raises(UsageError, match=f"no recipe 'law'; there are {', '.join(names)}"):
        recipe(package, "law")


def test_list_and_show(command):
    listed = command("list").out.splitlines()
    assert listed[-1].split(maxsplit=1) == ["qa", "Questions and answers."]
    assert {"name": "qa", "about": "Questions and answers."} in command("list", "--json").json
    assert command("show", "qa").out == QA
    assert command("show", "law").code == 2


def test_copy(command, tmp_path):
    code, out, err = command("copy", "qa")
    assert (code, out) == (0, "")
    assert "use it by own-tool train --config qa.yaml" in err
    assert (tmp_path / "qa.yaml").read_text() == QA
    (tmp_path / "qa.yaml").write_text("mine")
    code, _, err = command("copy", "qa")
    assert code == 2
    assert "--force writes over it" in err
    assert (tmp_path / "qa.yaml").read_text() == "mine"
    forced = command("copy", "qa", tmp_path / "qa.yaml", "--force", "--json")
    assert forced.json == {"name": "qa", "file": str(tmp_path / "qa.yaml")}
    assert (tmp_path / "qa.yaml").read_text() == QA
    code, _, err = command("copy", "qa", tmp_path / "nowhere" / "qa.yaml")
    assert code == 1
    assert "nowhere" in err


def test_those_of_accelerate_say_how_they_are_used(command, package):
    [name, *_] = [each.name for each in recipes(package) if each.of_accelerate]
    assert f"accelerate launch --config_file {name}.yaml" in command("copy", name).err
