"""The report's figures: rates per level, and a radar over the categories."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from followbench.data import CATEGORIES, LEVELS
from followbench.leaderboard import Published
from followbench.results import Result
from truing_core.report import PALETTE, Markup, figure_html, figure_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKERS = ("o", "s", "D", "^", "v", "P", "X", "*")
REFERENCE = "#8c8f94"


def level_lines(
    results: Sequence[Result], metric: str, published: Sequence[Published] = ()
) -> Markup:
    """A rate over levels 1 to 5, a line a model with its 95 % band.

    Args:
        results: Scored runs.
        metric: ``hsr`` or ``ssr``.
        published: Reference models, drawn thin and grey (the paper has no SSR by level).
    """
    name = {"hsr": "Hard", "ssr": "Soft"}[metric]
    with figure_style():
        figure, axes = _figure(5.2, 3.4)
        levels = range(1, LEVELS + 1)
        for number, model in enumerate(published if metric == "hsr" else ()):
            label = "the paper's 13 models" if number == 0 else None
            axes.plot(levels, model.hsr, color=REFERENCE, linewidth=0.6, alpha=0.6, label=label)
        for number, result in enumerate(results):
            _line_with_band(axes, result, metric, number)
        axes.set_xticks(list(levels), [f"L{level}" for level in levels])
        axes.set_ylim(-2, 102)  # markers at the rim stay whole
        axes.set_ylabel(f"{metric.upper()} (%)")
        axes.legend(fontsize=8, loc="best")
        return figure_html(figure, f"{name} satisfaction rate by level, average of categories")


def category_radar(results: Sequence[Result]) -> Markup:
    """Mean HSR over the levels, a spoke a category (bars where there are fewer than three)."""
    present = [name for name in CATEGORIES if any(name in r.summary["categories"] for r in results)]
    rates = [[_mean_rate(result, name) for name in present] for result in results]
    with figure_style():
        if len(present) > 2:
            figure, axes = _figure(4.2, 3.6, projection="polar")
            _spokes(axes, present, rates)
        else:
            figure, axes = _figure(4.2, 3.4)
            _bars(axes, present, rates)
        return figure_html(figure, "HSR by category, mean of the levels, in percent")


def _line_with_band(axes: Axes, result: Result, metric: str, number: int) -> None:
    average = result.summary["average"]
    levels = range(1, LEVELS + 1)
    colour = PALETTE[number % len(PALETTE)]
    values = [math.nan if value is None else value for value in average[metric]]
    marker = MARKERS[number % len(MARKERS)]
    axes.plot(
        levels, values, color=colour, marker=marker, markersize=4.5, linewidth=2, label=result.label
    )
    bounds = [pair or (math.nan, math.nan) for pair in average["intervals"][metric]]
    lows, highs = [low for low, _ in bounds], [high for _, high in bounds]
    axes.fill_between(levels, lows, highs, color=colour, alpha=0.15, linewidth=0)


def _spokes(axes: Axes, names: Sequence[str], rates: Sequence[Sequence[float]]) -> None:
    angles = [2 * math.pi * n / len(names) for n in range(len(names))]
    for number, values in enumerate(rates):
        colour = PALETTE[number % len(PALETTE)]
        ring = [0.0 if math.isnan(value) else value for value in [*values, values[0]]]
        axes.plot([*angles, angles[0]], ring, color=colour, linewidth=2)
        axes.fill([*angles, angles[0]], ring, color=colour, alpha=0.12)
    axes.set_xticks(angles, names)
    axes.set_ylim(0, 100)
    axes.set_yticks([25, 50, 75], ["25", "50", "75"], fontsize=7)
    axes.tick_params(axis="x", pad=8)


def _bars(axes: Axes, names: Sequence[str], rates: Sequence[Sequence[float]]) -> None:
    width = 0.8 / max(len(rates), 1)
    for number, values in enumerate(rates):
        places = [place + number * width for place in range(len(names))]
        axes.bar(places, values, width * 0.9, color=PALETTE[number % len(PALETTE)])
    middle = width * (len(rates) - 1) / 2
    axes.set_xticks([place + middle for place in range(len(names))], names)
    axes.set_ylim(0, 100)
    axes.set_ylabel("HSR (%)")


def _figure(width: float, height: float, projection: str | None = None) -> tuple[Any, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    return figure, figure.add_subplot(projection=projection)


def _mean_rate(result: Result, category: str) -> float:
    rates = result.summary["categories"].get(category, {}).get("hsr", [])
    known = [rate for rate in rates if rate is not None]
    return sum(known) / len(known) if known else math.nan
