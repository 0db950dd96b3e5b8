"""The ``lion-distill`` command. Each command gathers its options and calls what does the work."""

from __future__ import annotations

from lion_distill.__about__ import __version__
from lion_distill.cli_evaluate import evaluate_command
from lion_distill.cli_lineage import lineage_command
from lion_distill.cli_novelty import novelty_command
from lion_distill.cli_report import report_command
from lion_distill.cli_run import run_command, stage_command
from lion_distill.cli_split import split_command
from lion_distill.cli_status import status_command
from lion_distill.cli_train import TRAIN_SETTINGS, train_command
from truing_core.cli import make_app, run_app
from truing_core.training.recipes import recipes_app

_STAGES = "Stages of run, one at a time"

app = make_app(
    "lion-distill",
    "Adversarial distillation: imitate a teacher, find what is still hard, generate more of it, "
    "repeat (Lion, arXiv 2305.12870).",
    __version__,
)
app.command("run")(run_command)
app.command("status")(status_command)
app.command("report")(report_command)
app.command("evaluate")(evaluate_command)
app.command("lineage")(lineage_command)
app.command("novelty")(novelty_command)
for name, about in (
    ("respond", "The teacher answers the train pool."),
    ("imitate", "The student is trained on the teacher's answers."),
    ("answer", "Teacher and student answer the cache pool."),
    ("referee", "The referee scores both, in both orders."),
    ("split", ""),
    ("generate", "New instructions are made from hard and easy ones."),
):
    command = split_command if name == "split" else stage_command(name, about)
    app.command(name, rich_help_panel=_STAGES)(command)
app.command("train", context_settings=TRAIN_SETTINGS)(train_command)
app.add_typer(recipes_app("lion_distill.recipes", "lion-distill"), name="recipes")


def main() -> None:
    """The console script."""
    run_app(app, "lion-distill")
