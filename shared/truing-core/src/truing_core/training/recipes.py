"""Packaged YAML configurations of a tool: list, show and copy them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from truing_core.cli import JsonOut, emit_json, tell
from truing_core.errors import UsageError
from truing_core.files import disk_error

_LAUNCHERS = "truing_core.training.launchers"

Name = Annotated[str, typer.Argument(metavar="NAME", help="As `recipes list` names it.")]


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


def recipes(package: str) -> list[Recipe]:
    """All recipes of a package of resources, and those for accelerate, by name.

    In the latter ``MODULE`` stands for the tool's own module.
    """
    found = []
    for home in (package, _LAUNCHERS):
        for file in files(home).iterdir():
            if file.name.endswith(".yaml"):
                text = file.read_text("utf-8").replace("MODULE", package.partition(".")[0])
                about = text.partition("\n")[0].removeprefix("# ")
                found.append(Recipe(file.name.removesuffix(".yaml"), about, text))
    return sorted(found, key=lambda recipe: recipe.name)


def recipe(package: str, name: str) -> Recipe:
    """The recipe of a name, with or without ``.yaml``.

    Raises:
        UsageError: There is none; the message lists those there are.
    """
    every = {each.name: each for each in recipes(package)}
    wanted = name.removesuffix(".yaml")
    if wanted not in every:
        raise UsageError(f"there is no recipe '{name}'; there are {', '.join(every)}")
    return every[wanted]


def recipes_app(package: str, command: str) -> typer.Typer:
    """The commands ``recipes list|show|copy``.

    Args:
        package: Dotted name of the package that holds the YAML files.
        command: The tool's name, for what is said.
    """
    app = typer.Typer(
        help="Configurations with the paper's numbers, for train and accelerate.",
        no_args_is_help=True,
    )

    @app.command("list")
    def list_command(as_json: JsonOut = False) -> None:
        """The recipes, a line each."""
        rows = recipes(package)
        if as_json:
            emit_json([{"name": each.name, "about": each.about} for each in rows])
            return
        width = max(len(each.name) for each in rows)
        for each in rows:
            typer.echo(f"{each.name:<{width}}  {each.about}")

    @app.command("show")
    def show_command(name: Name) -> None:
        """Print a recipe; `recipes show NAME > my.yaml` is a way to start."""
        typer.echo(recipe(package, name).text, nl=False)

    @app.command("copy")
    def copy_command(
        name: Name,
        destination: Annotated[
            Path, typer.Argument(metavar="[FILE|DIR]", help="Where to; by default here.")
        ] = Path(),
        force: Annotated[
            bool, typer.Option("--force", help="Write over a file that is there.")
        ] = False,
        as_json: JsonOut = False,
    ) -> None:
        """Write a recipe to a file, to change it and pass it to --config."""
        chosen = recipe(package, name)
        file = destination / f"{chosen.name}.yaml" if destination.is_dir() else destination
        try:
            with file.open("w" if force else "x", encoding="utf-8") as out:
                out.write(chosen.text)
        except FileExistsError:
            raise UsageError(f"there is a file '{file}'; --force writes over it") from None
        except OSError as error:
            raise disk_error(error, file) from error
        if as_json:
            emit_json({"name": chosen.name, "file": str(file)})
        launch = "accelerate launch --config_file"
        option = launch if chosen.of_accelerate else f"{command} train --config"
        tell(f"written to {file}; use it by {option} {file}")

    return app
