"""The report's figures, as SVG text: rates per level, and a radar over the categories."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from followbench.data import CATEGORIES, LEVELS
from followbench.leaderboard import Published
from followbench.results import Result
from truing_core.report import figure_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe-Ito: told apart by colour-blind readers, and on white as on black.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6bb1")
MARKERS = ("o", "s", "D", "^", "v", "P", "X")
GREY = "#8a8f98"


def level_lines(
    results: Sequence[Result], metric: str, published: Sequence[Published] = ()
) -> str:
    """A rate over levels 1 to 5, a line a model with its 95 % band.

    Args:
        results: Scored runs.
        metric: ``hsr`` or ``ssr``.
        published: Reference models, drawn thin and grey (they have no SSR by level).
    """
    figure, axes = _figure(4.2, 3.0)
    levels = range(1, LEVELS + 1)
    if metric == "hsr":
        for model in published:
            axes.plot(levels, model.hsr, color=GREY, linewidth=0.7, alpha=0.55, zorder=1)
    for number, result in enumerate(results):
        average = result.summary["average"]
        values = _floats(average[metric])
        colour = COLOURS[number % len(COLOURS)]
        axes.plot(
            levels,
            values,
            color=colour,
            marker=MARKERS[number % len(MARKERS)],
            markersize=4,
            linewidth=1.8,
            label=result.label,
            zorder=3,
        )
        bounds = [pair or (math.nan, math.nan) for pair in average["intervals"][metric]]
        axes.fill_between(
            levels,
            [low for low, _ in bounds],
            [high for _, high in bounds],
            color=colour,
            alpha=0.15,
            linewidth=0,
            zorder=2,
        )
    axes.set_xticks(list(levels), [f"L{level}" for level in levels])
    axes.set_ylim(0, 100)
    axes.set_ylabel(f"{metric.upper()} (%)")
    axes.grid(axis="y", linewidth=0.4, alpha=0.5)
    return str(figure_svg(figure))


def category_radar(results: Sequence[Result]) -> str:
    """Mean HSR over the levels, an axis a category."""
    present = [
        name for name in CATEGORIES if any(name in r.summary["categories"] for r in results)
    ]
    figure, axes = _figure(3.6, 3.4, projection="polar" if len(present) > 2 else None)
    if len(present) > 2:
        angles = [2 * math.pi * n / len(present) for n in range(len(present))]
        for number, result in enumerate(results):
            values = [_mean_rate(result, name) for name in present]
            colour = COLOURS[number % len(COLOURS)]
            closed = [0.0 if math.isnan(value) else value for value in [*values, values[0]]]
            axes.plot([*angles, angles[0]], closed, color=colour, linewidth=1.8)
            axes.fill([*angles, angles[0]], closed, color=colour, alpha=0.12)
        axes.set_xticks(angles, present)
        axes.set_ylim(0, 100)
        axes.set_yticks([25, 50, 75], ["25", "50", "75"], fontsize=6)
        axes.tick_params(axis="x", pad=6)
    else:
        width = 0.8 / len(results)
        for number, result in enumerate(results):
            places = [place + number * width for place in range(len(present))]
            heights = [_mean_rate(result, name) for name in present]
            axes.bar(places, heights, width * 0.9, color=COLOURS[number % len(COLOURS)])
        axes.set_xticks(range(len(present)), present)
        axes.set_ylim(0, 100)
        axes.set_ylabel("mean HSR (%)")
    return str(figure_svg(figure))


def _figure(width: float, height: float, projection: str | None = None) -> tuple[Any, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot(projection=projection)
    figure.patch.set_alpha(0)
    axes.patch.set_alpha(0)
    for spine in ("top", "right"):
        if spine in axes.spines:
            axes.spines[spine].set_visible(False)
    axes.tick_params(labelsize=8)
    return figure, axes


def _mean_rate(result: Result, category: str) -> float:
    rates = result.summary["categories"].get(category, {}).get("hsr", [])
    known = [rate for rate in rates if rate is not None]
    return sum(known) / len(known) if known else math.nan


def _floats(values: Sequence[float | None]) -> list[float]:
    return [math.nan if value is None else value for value in values]
