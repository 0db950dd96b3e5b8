"""Configurations that reproduce the paper's settings, as files to copy and change."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

from truing_core.errors import UsageError


@dataclass(frozen=True)
class Recipe:
    """A packaged YAML file.

    Attributes:
        name: Its name, without ``.yaml``.
        about: Its first comment line.
        text: The whole file.
    """

    name: str
    about: str
    text: str

    @property
    def of_accelerate(self) -> bool:
        """Whether it is for ``accelerate launch --config_file``, not for ``train --config``."""
        return self.name.startswith("accelerate-")


def recipes() -> list[Recipe]:
    """All recipes, by name."""
    found = []
    for file in files(__name__).iterdir():
        if file.name.endswith(".yaml"):
            text = file.read_text("utf-8")
            about = text.partition("\n")[0].removeprefix("# ")
            found.append(Recipe(file.name.removesuffix(".yaml"), about, text))
    return sorted(found, key=lambda recipe: recipe.name)


def recipe(name: str) -> Recipe:
    """The recipe of a name, with or without ``.yaml``.

    Raises:
        UsageError: There is none; the message lists those there are.
    """
    every = {each.name: each for each in recipes()}
    wanted = name.removesuffix(".yaml")
    if wanted not in every:
        raise UsageError(f"there is no recipe '{name}'; there are {', '.join(every)}")
    return every[wanted]
