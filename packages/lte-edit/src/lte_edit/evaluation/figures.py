"""Curves: each metric over the number of edits, and over the age of an edit."""

from __future__ import annotations

from collections.abc import Sequence

from lte_edit.evaluation.results import Outcome
from lte_edit.evaluation.tables import Line, at, lines
from truing_core.report import Markup, figure_html, figure_style

_MAIN = ("edit_success", "rephrase", "portability", "locality", "locality_original", "fluency")


def curves(outcomes: Sequence[Outcome]) -> Markup:
    """A figure for each metric, a line for each method, over the number of records edited."""
    wanted = [line for line in lines(outcomes) if line.path[0] in _MAIN or _is_retrieval(line)]
    return _figures([_curve(outcomes, line) for line in wanted])


def ages(outcomes: Sequence[Outcome]) -> Markup:
    """Edit success over how many edits came after."""
    from matplotlib.figure import Figure

    with figure_style():
        figure = Figure(figsize=(5.2, 2.8))
        axes = figure.add_subplot()
        for outcome in outcomes:
            table = outcome.scores["retention"]
            places = [sum(each["age"]) / 2 for each in table]
            axes.plot(
                places, [each["edit_success"] for each in table], marker="o", label=outcome.method
            )
        axes.set_xlabel("records edited after it")
        axes.set_ylim(-3, 103)
        axes.legend()
        return _figures([figure_html(figure, "Edit success, %")])


def _is_retrieval(line: Line) -> bool:
    return line.path[0] == "retrieval" and len(line.path) == 2


def _curve(outcomes: Sequence[Outcome], line: Line) -> Markup:
    from matplotlib.figure import Figure

    with figure_style():
        figure = Figure(figsize=(3.6, 2.4))
        axes = figure.add_subplot()
        for method in dict.fromkeys(outcome.method for outcome in outcomes):
            points = sorted(
                (outcome.edits, value, *at(outcome.scores["intervals"], line.path))
                for outcome in outcomes
                if outcome.method == method and (value := at(outcome.scores, line.path)) is not None
            )
            if not points:
                continue
            numbers, values, low, high = zip(*points, strict=True)
            axes.plot(numbers, values, marker="o", label=method)
            axes.fill_between(numbers, low, high, alpha=0.15)
        axes.set_xscale("log")
        axes.set_xlabel("records edited")
        if line.path[0] != "fluency":
            axes.set_ylim(-3, 103)
        axes.legend()
        return figure_html(figure, f"{line.label[:1].upper()}{line.label[1:]}")


def _figures(figures: Sequence[Markup]) -> Markup:
    return Markup('<div class="figures">{}</div>').format(Markup("").join(figures))
