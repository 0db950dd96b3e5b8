"""Diversity side by side: a table for the page and one for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from truing_core.report import Markup, Section, note_html, page, table_html
from webr_synth.reporting.bars import STYLE, scatter
from webr_synth.reporting.comparing import Comparison, Figures
from webr_synth.reporting.diversity import Estimate, plane

MEANINGS = (
    "distinct-n: different n-grams of words over all n-grams. Distance: mean cosine distance of "
    "two requests. Vendi score: the effective number of different requests, between 1 and the "
    "size of the sample. Near-duplicates: requests that repeat an earlier one of the sample with "
    "a Jaccard similarity of 5-word shingles of at least 0.7. More is more diverse, but for "
    "near-duplicates. Intervals are 95 %, by bootstrap; the other figures depend on the size of "
    "a sample, so that resampling says little about them."
)
_MOST_DOTS = 3000


def measures(comparison: Comparison) -> list[tuple[str, list[str]]]:
    """Names of figures, and for each data set what to show."""
    sets = list(comparison.sets.values())

    def row(name: str, shown: Any) -> tuple[str, list[str]]:
        return name, [shown(figures) for figures in sets]

    rows = [row("rows", lambda each: f"{each.rows:,}")]
    for n in (1, 2, 3):
        rows.append(row(f"distinct-{n}", lambda each, n=n: _share(getattr(each, f"distinct_{n}"))))
    rows.append(row("mean distance", lambda each: _estimate(each.distance, 3)))
    rows.append(row("Vendi score", lambda each: f"{each.vendi:,.1f}"))
    rows.append(row("near-duplicates, %", lambda each: f"{100 * each.near_duplicates:.1f}"))
    rows.append(row("words of a request", lambda each: _estimate(each.request_words, 1)))
    rows.append(row("words of an answer", lambda each: _estimate(each.answer_words, 1)))
    return rows


def basis(comparison: Comparison) -> str:
    """What the figures rest on, in a sentence."""
    many = len(comparison.sets) > 1
    each = " of each data set" if many else ""
    return (
        f"{comparison.sample:,} requests{each}, drawn by the seed; n-grams in the first "
        f"{comparison.words:,} words{each}; {comparison.embedded_by}."
    )


def table(comparison: Comparison) -> Markup:
    """The figures, data sets as columns."""
    rows = [
        [name, *(Markup('<span class="num">{}</span>').format(cell) for cell in cells)]
        for name, cells in measures(comparison)
    ]
    told = Markup('<p class="soft">{}</p>\n').format(basis(comparison))
    return told + table_html(["", *comparison.sets], rows)


def embedded_map(comparison: Comparison, groups: Sequence[str] | None = None) -> Markup:
    """The requests on the plane of greatest variance.

    Args:
        comparison: The figures.
        groups: A group for each request; by default its data set.
    """
    places = plane(comparison.vectors)
    every = max(1, -(-len(places) // _MOST_DOTS))
    of = list(groups or comparison.names)
    points = [
        (float(places[at, 0]), float(places[at, 1]), of[at], comparison.rows[at].request)
        for at in range(0, len(places), every)
    ]
    caption = (
        f"Requests by PCA of their vectors ({comparison.embedded_by}). Point at one to read it."
    )
    return scatter(points, list(dict.fromkeys(sorted(of))), caption)


def comparison_html(comparison: Comparison, facts: dict[str, Any]) -> str:
    """The page of ``compare``."""
    sections: list[Section] = [
        Section("Diversity", table(comparison) + note_html(MEANINGS)),
        Section("Map", embedded_map(comparison)),
    ]
    subtitle = f"{', '.join(comparison.sets)}: {comparison.sample:,} requests of each"
    return page(
        "WebR: diversity of data sets", sections, subtitle=subtitle, facts=facts, style=STYLE
    )


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _estimate(value: Estimate | None, digits: int) -> str:
    if value is None:
        return "–"
    return f"{value.value:,.{digits}f} ({value.low:,.{digits}f} to {value.high:,.{digits}f})"


__all__ = ["MEANINGS", "Figures", "basis", "comparison_html", "embedded_map", "measures", "table"]
