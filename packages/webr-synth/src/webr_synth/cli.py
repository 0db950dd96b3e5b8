"""The ``webr-synth`` command. Each command gathers its options and calls what does the work."""

from __future__ import annotations

from truing_core.cli import make_app, run_app
from truing_core.training.recipes import recipes_app
from webr_synth.__about__ import __version__
from webr_synth.cli_dedup import dedup_command
from webr_synth.cli_export import export_command
from webr_synth.cli_ingest import ingest_command
from webr_synth.cli_report import compare_command, report_command
from webr_synth.cli_run import run_command
from webr_synth.cli_train import TRAIN_SETTINGS, train_command

app = make_app(
    "webr-synth",
    "Turn raw web documents into instruction-tuning data (WebR, arXiv 2504.15573).",
    __version__,
)
app.command("ingest")(ingest_command)
app.command("run")(run_command)
app.command("dedup")(dedup_command)
app.command("report")(report_command)
app.command("compare")(compare_command)
app.command("train", context_settings=TRAIN_SETTINGS)(train_command)
app.add_typer(recipes_app("webr_synth.recipes", "webr-synth"), name="recipes")
app.command("export")(export_command)


def main() -> None:
    """The console script."""
    run_app(app, "webr-synth")
