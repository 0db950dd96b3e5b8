"""The report's figures: rates per level, and a radar over the categories.

No name of a model stands in them: matplotlib would read a ``$`` in it as mathematics. The page's
legend tells the lines apart, and finds each by its id, such as ``hsr-run-0``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from followbench.data import CATEGORIES, LEVELS
from followbench.leaderboard import Published
from followbench.series import REFERENCE, Series
from truing_core.report import Markup, figure_html, figure_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_BANDS = 3
MOST_ON_RADAR = 5
_NAMES = {"hsr": "Hard", "ssr": "Soft"}


def level_lines(
    series: Sequence[Series], metric: str, published: Sequence[Published] = ()
) -> Markup:
    """A rate over levels 1 to 5: a line a run, with its 95 % band if there are few.

    Args:
        series: The runs.
        metric: ``hsr`` or ``ssr``.
        published: Reference models, drawn thin and grey (the paper has no SSR by level).
    """
    caption = f"{_NAMES[metric]} satisfaction rate by level, average of the categories"
    with figure_style():
        figure, axes = _figure(4.6, 3.2)
        levels = range(1, LEVELS + 1)
        for model in published if metric == "hsr" else ():
            axes.plot(levels, model.hsr, color=REFERENCE, linewidth=0.7, alpha=0.55)
        for run in series:
            _line(axes, run, metric, banded=len(series) <= MOST_BANDS)
        axes.set_xticks(list(levels), [f"L{level}" for level in levels])
        axes.set_ylim(-2, 102)  # markers at the rim stay whole
        axes.set_ylabel(f"{metric.upper()} (%)")
        return figure_html(figure, caption)


def category_radar(series: Sequence[Series]) -> Markup:
    """Mean HSR over the levels, a spoke a category (bars where there are fewer than three).

    Empty for more than :data:`MOST_ON_RADAR` runs, which nobody could tell apart.
    """
    if len(series) > MOST_ON_RADAR:
        return Markup()
    present = [
        name for name in CATEGORIES if any(name in s.result.summary["categories"] for s in series)
    ]
    with figure_style():
        if len(present) > 2:
            figure, axes = _figure(4.6, 3.2, projection="polar")
            _spokes(axes, present, series)
        else:
            figure, axes = _figure(4.6, 3.2)
            _bars(axes, present, series)
        return figure_html(figure, "HSR by category, mean of the levels, in percent")


def _line(axes: Axes, run: Series, metric: str, *, banded: bool) -> None:
    average = run.result.summary["average"]
    levels = range(1, LEVELS + 1)
    values = [math.nan if value is None else value for value in average[metric]]
    [line] = axes.plot(
        levels,
        values,
        color=run.colour,
        linestyle=run.style,
        marker=run.marker,
        markersize=4.5,
        linewidth=2,
    )
    line.set_gid(f"{metric}-run-{run.number}")
    bounds = [pair or (math.nan, math.nan) for pair in average["intervals"][metric]]
    if banded:
        lows, highs = [low for low, _ in bounds], [high for _, high in bounds]
        axes.fill_between(levels, lows, highs, color=run.colour, alpha=0.15, linewidth=0)


def _spokes(axes: Axes, names: Sequence[str], series: Sequence[Series]) -> None:
    angles = [2 * math.pi * n / len(names) for n in range(len(names))]
    for run in series:
        values = [_mean_rate(run, name) for name in names]
        ring = [0.0 if math.isnan(value) else value for value in [*values, values[0]]]
        [line] = axes.plot(
            [*angles, angles[0]], ring, color=run.colour, linestyle=run.style, linewidth=2
        )
        line.set_gid(f"radar-run-{run.number}")
        axes.fill([*angles, angles[0]], ring, color=run.colour, alpha=0.1)
    axes.set_xticks(angles, names)
    axes.set_ylim(0, 100)
    axes.set_yticks([25, 50, 75, 100], ["25", "50", "75", ""], fontsize=7)
    axes.tick_params(axis="x", pad=2)
    for angle, label in zip(angles, axes.get_xticklabels(), strict=True):
        sideways = math.cos(angle)
        label.set_horizontalalignment(
            "center" if abs(sideways) < 0.1 else "left" if sideways > 0 else "right"
        )


def _bars(axes: Axes, names: Sequence[str], series: Sequence[Series]) -> None:
    width = 0.8 / max(len(series), 1)
    for n, run in enumerate(series):
        places = [place + n * width for place in range(len(names))]
        values = [_mean_rate(run, name) for name in names]
        axes.bar(places, values, width * 0.9, color=run.colour)
    middle = width * (len(series) - 1) / 2
    axes.set_xticks([place + middle for place in range(len(names))], names)
    axes.set_ylim(0, 100)
    axes.set_ylabel("HSR (%)")


def _figure(width: float, height: float, projection: str | None = None) -> tuple[Any, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    return figure, figure.add_subplot(projection=projection)


def _mean_rate(run: Series, category: str) -> float:
    rates = run.result.summary["categories"].get(category, {}).get("hsr", [])
    known = [rate for rate in rates if rate is not None]
    return sum(known) / len(known) if known else math.nan
