"""``lte-edit memory``: add, import, look, take out, roll back."""

from __future__ import annotations

import typer

from lte_edit.cli_memory.changing import add_command, remove_command, rollback_command
from lte_edit.cli_memory.files import (
    calibrate_command,
    export_command,
    import_command,
    reembed_command,
)
from lte_edit.cli_memory.looking import (
    history_command,
    list_command,
    search_command,
    show_command,
    stats_command,
)

memory_app = typer.Typer(help="Keep edits: in force at once, never lost.", no_args_is_help=True)
memory_app.command("add")(add_command)
memory_app.command("import")(import_command)
memory_app.command("list")(list_command)
memory_app.command("show")(show_command)
memory_app.command("search")(search_command)
memory_app.command("remove")(remove_command)
memory_app.command("rollback")(rollback_command)
memory_app.command("history")(history_command)
memory_app.command("export")(export_command)
memory_app.command("stats")(stats_command)
memory_app.command("calibrate")(calibrate_command)
memory_app.command("reembed")(reembed_command)
