"""``bmc-dpo recipes``: list, show and copy packaged configurations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from truing_core.cli import JsonOut, emit_json, tell
from truing_core.errors import UsageError
from truing_core.files import disk_error

recipes_app = typer.Typer(
    help="Configurations with the paper's numbers, for train and accelerate.",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="As `recipes list` names it.")]


@recipes_app.command("list")
def list_command(as_json: JsonOut = False) -> None:
    """The recipes, a line each."""
    from bmc_dpo.recipes import recipes

    rows = recipes()
    if as_json:
        emit_json([{"name": each.name, "about": each.about} for each in rows])
        return
    width = max(len(each.name) for each in rows)
    for each in rows:
        typer.echo(f"{each.name:<{width}}  {each.about}")


@recipes_app.command("show")
def show_command(name: Name) -> None:
    """Print a recipe; `bmc-dpo recipes show qa > my.yaml` is a way to start."""
    from bmc_dpo.recipes import recipe

    typer.echo(recipe(name).text, nl=False)


@recipes_app.command("copy")
def copy_command(
    name: Name,
    destination: Annotated[
        Path, typer.Argument(metavar="[FILE|DIR]", help="Where to; by default here.")
    ] = Path(),
    force: Annotated[
        bool, typer.Option("--force", help="Write over a file that is there.")
    ] = False,
) -> None:
    """Write a recipe to a file, to change it and pass it to --config."""
    from bmc_dpo.recipes import recipe

    chosen = recipe(name)
    file = destination / f"{chosen.name}.yaml" if destination.is_dir() else destination
    try:
        with file.open("w" if force else "x", encoding="utf-8") as out:
            out.write(chosen.text)
    except FileExistsError:
        raise UsageError(f"there is a file '{file}'; --force writes over it") from None
    except OSError as error:
        raise disk_error(error, file) from error
    option = "accelerate launch --config_file" if chosen.of_accelerate else "bmc-dpo train --config"
    tell(f"written to {file}; use it by {option} {file}")
