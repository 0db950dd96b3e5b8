"""The main flow of a report: run folder -> figures -> a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lion_distill.reporting.costs import spent
from lion_distill.reporting.material import Material, gather
from lion_distill.reporting.page import report_html
from truing_core.budget import Price
from truing_core.files import write_text

PAGE = "report.html"


def report(root: Path, output: Path | None = None, *, price: Price | None = None) -> Path:
    """Writes the page of a run, finished or not.

    Args:
        root: The run folder.
        output: Where to; by default ``report.html`` in the run folder.
        price: What tokens of the models on servers cost.

    Returns:
        Where it is.

    Raises:
        InputError: The folder holds no run of this tool, or a file of it is damaged.
        TruingError: The place cannot be written.
    """
    return write_report(gather(root), output, price=price)


def write_report(material: Material, output: Path | None, *, price: Price | None = None) -> Path:
    """The page of what was gathered."""
    path = output or material.root / PAGE
    write_text(path, report_html(material, spent(material.manifest, material.usage, price)))
    return path


def report_json(material: Material) -> dict[str, Any]:
    """The run in figures, with the referee's diagnostics."""
    entries = [
        {**each, "referee": _referee(material, each["iteration"])}
        for each in material.summary["iterations"]
    ]
    return {**material.summary, "iterations": entries}


def _referee(material: Material, iteration: int) -> dict[str, Any] | None:
    own = material.discrimination.get(iteration)
    if own is None:
        return None
    return {**own.facts, "asked": own.asked, "asked_again": own.again}
