"""The ``lte-edit`` command. Each command gathers its options and calls what does the work."""

from __future__ import annotations

from lte_edit.__about__ import __version__
from lte_edit.cli_build import build_command
from lte_edit.cli_chat import ask_command, chat_command
from lte_edit.cli_eval import eval_command
from lte_edit.cli_memory import memory_app
from lte_edit.cli_serve import keys_app, serve_command
from lte_edit.cli_train import TRAIN_SETTINGS, train_command
from truing_core.cli import make_app, run_app
from truing_core.training.recipes import recipes_app

app = make_app(
    "lte-edit",
    "Teach a model to obey edits to its knowledge, and keep a memory of edits "
    "(LTE, arXiv 2402.11905).",
    __version__,
)
app.command("build-data")(build_command)
app.add_typer(memory_app, name="memory")
app.add_typer(recipes_app("lte_edit.recipes", "lte-edit"), name="recipes")
app.command("ask")(ask_command)
app.command("chat")(chat_command)
app.command("serve")(serve_command)
app.add_typer(keys_app, name="keys")
app.command("eval")(eval_command)
app.command("train", context_settings=TRAIN_SETTINGS)(train_command)


def main() -> None:
    """The console script."""
    run_app(app, "lte-edit")
