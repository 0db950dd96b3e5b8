"""Distributions over the sample, as small histograms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bmc_dpo.inspection.measuring import View
from truing_core.report import Markup, figure_html, figure_style


def histograms(views: Sequence[View]) -> Markup:
    """Change ratio and lengths; with a model λ, with a reference token rewards."""
    tokens = [token for view in views for token in (*view.chosen, *view.rejected)]
    differing = [token.weight for token in tokens if token.differs and token.logp is not None]
    rewards = {
        side: [t.reward for view in views for t in getattr(view, side) if t.reward is not None]
        for side in ("chosen", "rejected")
    }
    lengths = {
        side: [len(getattr(view, side)) for view in views] for side in ("chosen", "rejected")
    }
    figures = [
        _histogram({"": [view.change_ratio for view in views]}, "Share of tokens that differ"),
        _histogram(lengths, "Length, tokens"),
    ]
    if differing:
        figures.append(_histogram({"": differing}, "Weight λ of differing tokens"))
    if any(rewards.values()):
        figures.append(_histogram(rewards, "Reward of a token, β · λ · log(π / π_ref)"))
    return Markup('<div class="figures">{}</div>').format(Markup("").join(figures))


def _histogram(series: dict[str, list[Any]], caption: str) -> Markup:
    from matplotlib.figure import Figure

    with figure_style():
        figure = Figure(figsize=(3.4, 2.2))
        axes = figure.add_subplot()
        everything = [value for values in series.values() for value in values]
        low, high = min(everything), max(everything)
        span = (low - 0.5, high + 0.5) if low == high else (low, high)
        for name, values in series.items():
            axes.hist(values, bins=20, range=span, alpha=0.6, label=name or None)
        if len(series) > 1:
            axes.legend()
        return figure_html(figure, caption)
