"""The ``bmc-dpo`` command. Each command gathers its options and calls what does the work."""

from __future__ import annotations

from bmc_dpo.__about__ import __version__
from bmc_dpo.cli_bridge import bridge_command
from bmc_dpo.cli_eval import compare_command, eval_command
from bmc_dpo.cli_inspect import inspect_command
from bmc_dpo.cli_train import TRAIN_SETTINGS, train_command
from truing_core.cli import make_app, run_app
from truing_core.training.recipes import recipes_app

app = make_app(
    "bmc-dpo",
    "Bridge preference pairs by targeted edits, and train DPO with token-level weights "
    "(BMC, arXiv 2408.07471).",
    __version__,
)
app.command("bridge")(bridge_command)
app.command("eval")(eval_command)
app.command("compare")(compare_command)
app.command("inspect")(inspect_command)
app.add_typer(recipes_app("bmc_dpo.recipes", "bmc-dpo"), name="recipes")
app.command("train", context_settings=TRAIN_SETTINGS)(train_command)


def main() -> None:
    """The console script."""
    run_app(app, "bmc-dpo")
