"""``lte-edit keys``: who may ask a gateway, and for what."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lte_edit.cli_memory.tables import one_line
from lte_edit.namespaces import DEFAULT_NAMESPACE
from truing_core.cli import JsonOut, emit_json, one_of, tell

keys_app = typer.Typer(help="Keys of a gateway: who may ask, and for what.", no_args_is_help=True)

KeyPath = Annotated[Path, typer.Option("--file", "-f", metavar="FILE", help="The key file.")]
DEFAULT_KEYS = Path("keys.json")
_SHOWN = {"id", "role", "namespaces", "created", "note"}


@keys_app.command("add")
def add_key_command(
    file: KeyPath = DEFAULT_KEYS,
    role: Annotated[
        str,
        typer.Option(
            "--role", metavar="ROLE",
            help="read (ask, and look at edits), edit (also add and remove them) or admin (also "
            "roll back, see metrics, and all namespaces).",
        ),
    ] = "read",
    namespaces: Annotated[
        list[str] | None,
        typer.Option(
            "--namespace", "-n", metavar="NAME",
            help="Where; may be repeated. By default 'default', and all for an admin.",
        ),
    ] = None,
    note: Annotated[
        str | None, typer.Option("--note", metavar="TEXT", help="Whose it is.")
    ] = None,
    as_json: JsonOut = False,
) -> None:  # fmt: skip
    """Make a key and print it, once: the file keeps only a salted hash."""
    from lte_edit.gateway.keys import ROLES, KeyFile, KeyRing

    allowed = one_of("--role", role, ROLES)
    where = namespaces or ([] if allowed == "admin" else [DEFAULT_NAMESPACE])
    made = KeyFile(file).add(allowed, where, note)
    if as_json:
        key = KeyRing(file).key_of(made)
        emit_json({"key": made, **(key.model_dump(mode="json", include=_SHOWN) if key else {})})
    else:
        typer.echo(made)
    tell(f"keep it; {file} does not hold it")


@keys_app.command("list")
def list_keys_command(file: KeyPath = DEFAULT_KEYS, as_json: JsonOut = False) -> None:
    """The keys there are, without the keys themselves."""
    from lte_edit.gateway.keys import KeyFile

    keys = KeyFile(file).read()
    if as_json:
        emit_json([key.model_dump(mode="json", include=_SHOWN) for key in keys])
        return
    if not keys:
        tell(f"there are no keys in {file}")
    for key in keys:
        where = ", ".join(key.namespaces) or "all namespaces"
        made = f"{key.created.astimezone():%Y-%m-%d %H:%M}"
        cells = (one_line(key.id), f"{key.role:<5}", made, where, one_line(key.note or ""))
        typer.echo("  ".join(cells).rstrip())


@keys_app.command("remove")
def remove_key_command(
    name: Annotated[str, typer.Argument(metavar="ID", help="As `keys list` shows it.")],
    file: KeyPath = DEFAULT_KEYS,
    as_json: JsonOut = False,
) -> None:
    """Take a key out; a gateway that is running refuses it from its next request on."""
    from lte_edit.gateway.keys import KeyFile

    key = KeyFile(file).remove(name)
    if as_json:
        emit_json(key.model_dump(mode="json", include=_SHOWN))
    tell(f"removed the {key.role} key {key.id}")
