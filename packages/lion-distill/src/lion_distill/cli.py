"""The ``lion-distill`` command. Each command gathers its options and calls what does the work."""

from __future__ import annotations

from lion_distill.__about__ import __version__
from truing_core.cli import make_app, run_app

app = make_app(
    "lion-distill",
    "Adversarial distillation: imitate a teacher, find what is still hard, generate more of it, "
    "repeat (Lion, arXiv 2305.12870).",
    __version__,
)


def main() -> None:
    """The console script."""
    run_app(app, "lion-distill")
