"""Histograms of lengths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from truing_core.report import Markup, figure_html, figure_style

_BINS = 24
_TAIL = 0.99


def histograms(series: Mapping[str, Sequence[int]]) -> Markup:
    """One small histogram for each; the longest hundredth is left out of the picture."""
    drawn = [_histogram(values, name) for name, values in series.items() if len(values)]
    return Markup('<div class="figures">{}</div>').format(Markup("").join(drawn))


def _histogram(values: Sequence[int], name: str) -> Markup:
    from matplotlib.figure import Figure

    ordered = sorted(values)
    middle = ordered[len(ordered) // 2]
    end = ordered[min(int(len(ordered) * _TAIL), len(ordered) - 1)]
    low, high = ordered[0], end
    with figure_style():
        figure = Figure(figsize=(3.6, 2.2))
        axes = figure.add_subplot()
        # Bars as wide as whole numbers where there are few of them, else gaps would show.
        span = (low - 0.5, high + 0.5)
        shown = [value for value in values if value <= high]
        axes.hist(shown, bins=min(_BINS, high - low + 1), range=span)
        axes.axvline(middle, color="#e07b39", linewidth=1.5)
        axes.locator_params(axis="x", nbins=5, integer=True)
        axes.locator_params(axis="y", nbins=5, integer=True)
        caption = (
            f"{name}: median {middle:,}, from {ordered[0]:,} to {ordered[-1]:,}, "
            f"mean {sum(ordered) / len(ordered):,.0f}"
        )
        return figure_html(figure, caption)
