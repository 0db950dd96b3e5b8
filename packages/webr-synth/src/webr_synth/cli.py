"""The ``webr-synth`` command. Each command gathers its options and calls what does the work."""

from __future__ import annotations

from truing_core.cli import make_app, run_app
from webr_synth.__about__ import __version__
from webr_synth.cli_dedup import dedup_command
from webr_synth.cli_run import run_command

app = make_app(
    "webr-synth",
    "Turn raw web documents into instruction-tuning data (WebR, arXiv 2504.15573).",
    __version__,
)
app.command("run")(run_command)
app.command("dedup")(dedup_command)


def main() -> None:
    """The console script."""
    run_app(app, "webr-synth")
