"""The table and the plot: means over seeds, with their 95 % intervals where there are several."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Scores = Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]

METRICS = {
    "edit_success": "edit success",
    "rephrase": "rephrased",
    "portability": "portability",
    "locality": "locality",
    "locality_original": "locality, unaligned",
    "written": "written",
    "written_portability": "written, portability",
    "fluency": "fluency",
    "retrieved_at_1": "right edit first",
}
_DRAWN = ("edit_success", "portability", "locality_original", "written")


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Mean, and half the 95 % interval over seeds (Student's t)."""
    if len(values) < 2:
        return values[0], math.nan
    t = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78, 6: 2.57}.get(len(values), 1.96)
    return statistics.mean(values), t * statistics.stdev(values) / math.sqrt(len(values))


def values_of(tables: Sequence[Mapping[str, Any]], metric: str) -> list[float]:
    """A metric of each seed that has it."""
    return [table[metric] for table in tables if table[metric] is not None]


def sizes_of(scores: Scores) -> list[str]:
    """The numbers of edits that were tested, the fewest first."""
    return sorted({size for by_size in scores.values() for size in by_size}, key=int)


def table(scores: Scores) -> str:
    """Methods down, metrics across, for each number of edits in memory."""
    sizes = sizes_of(scores)
    width = max(len(name) for name in scores) + 2
    lines = []
    for size in sizes:
        lines.append("one edit at a time" if size == "1" else f"\n{int(size):,} in memory")
        lines.append(" " * width + "".join(f"{label:>22}" for label in METRICS.values()))
        for name, by_size in scores.items():
            # Without edits it is the same however many there are.
            tables = by_size.get(size, by_size[sizes[0]])
            cells = [_cell(values_of(tables, metric)) for metric in METRICS]
            lines.append(f"{name:<{width}}" + "".join(f"{cell:>22}" for cell in cells))
    return "\n".join(lines)


def _cell(values: Sequence[float]) -> str:
    if not values:
        return "–"
    mean, half = interval(values)
    return f"{mean:.1f}" if math.isnan(half) else f"{mean:.1f} ± {half:.1f}"


def draw(scores: Scores, file: Path) -> None:
    """Metrics over the number of edits."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    plt.rcParams["svg.hashsalt"] = "lte-effect"
    figure, panels = plt.subplots(1, len(_DRAWN), figsize=(12, 3.2), layout="constrained")
    sizes = sizes_of(scores)
    for metric, axes in zip(_DRAWN, panels, strict=True):
        for number, (name, by_size) in enumerate(scores.items()):
            found = [interval(values_of(by_size.get(size, by_size[sizes[0]]), metric) or [math.nan])
                     for size in sizes]  # fmt: skip
            axes.errorbar(
                [int(size) for size in sizes], [mean for mean, _ in found],
                yerr=[half for _, half in found], label=name, color=f"C{number}", capsize=3,
                marker="os^vD"[number % 5],
            )  # fmt: skip
        axes.set_xscale("log")
        axes.set_title(METRICS[metric], fontsize=10)
        axes.set_xlabel("edits in memory")
        axes.set_ylim(0, 103)
    panels[0].set_ylabel("%")
    panels[0].legend(frameon=False, fontsize=8)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, metadata={"Date": None})
    # The writer leaves white space at line ends.
    lines = file.read_text("utf-8").splitlines()
    file.write_text("\n".join(line.rstrip() for line in lines) + "\n", "utf-8")
