"""The report: one self-contained page for one run, or for several side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import resources

from followbench.browser import browser
from followbench.figures import category_radar, level_lines
from followbench.leaderboard import PUBLISHED
from followbench.results import Result
from followbench.scoreboards import (
    category_details,
    category_grid,
    coverage,
    headline,
    provenance,
    reference,
)
from followbench.series import REFERENCE, Series, series_of
from truing_core.report import Markup, Section, note_html, page

_FILES = resources.files("followbench") / "templates"
_METHOD = (
    "FollowBench (arXiv 2310.20410). HSR: share of answers that satisfy every constraint of their "
    "level. SSR: mean share of constraints satisfied. CSL: levels satisfied in a row, from level "
    "1. Intervals are 95 % bootstrap intervals over groups."
)


def render(results: Sequence[Result]) -> str:
    """The page, as HTML text.

    Args:
        results: At least one scored run; colours follow their order.
    """
    series = series_of(results)
    comparable = all(_like_the_paper(result) for result in results)
    scores = [*_notes(results), headline(series), coverage(series)]
    if comparable:
        scores.append(reference(series))
    grid = [category_grid(series)] if len(series) > 1 else []
    return page(
        "FollowBench",
        [
            Section("Scores", Markup("").join(scores)),
            Section("Figures", _figures(series, comparable)),
            Section("Categories", Markup("").join([*grid, *category_details(series)])),
            Section("Items", browser(series)),
            Section("Provenance", provenance(series)),
        ],
        subtitle=_subtitle(series),
        facts={"method": _METHOD},
        style=(_FILES / "report.css").read_text("utf-8"),
        script=(_FILES / "report.js").read_text("utf-8"),
    )


def _subtitle(series: Sequence[Series]) -> str:
    summaries = [run.result.summary for run in series]
    data = dict.fromkeys(f"{s['data']['name']} ({s['lang']})" for s in summaries)
    who = series[0].name if len(series) == 1 else f"{len(series)} runs"
    return f"{who} on {', '.join(data)}"


def _like_the_paper(result: Result) -> bool:
    """Whether the published English models are a fair reference: full data, with a judge."""
    summary = result.summary
    return bool(
        summary["lang"] == "en"
        and summary["constraints"] == "all"
        and summary["coverage"]["items"] == 820
    )


def _notes(results: Sequence[Result]) -> Iterator[Markup]:
    summaries = [result.summary for result in results]
    if len({summary["data"]["fingerprint"] for summary in summaries}) > 1:
        yield note_html("The runs are on different data: their rates do not compare.", "warn")
    elif len({(s["checks"], s["constraints"]) for s in summaries}) > 1:
        yield note_html(
            "The runs were scored by different rules, or some of them without a judge: their "
            "rates do not compare.",
            "warn",
        )
    if any(summary["constraints"] == "checks-only" for summary in summaries):
        yield note_html(
            "Without a judge only the constraints that a program can check are scored.", "warn"
        )
    if any(_left_out(result) for result in results):
        released = any(s["checks"] == "released" and s["coverage"]["unparsed"] for s in summaries)
        unread = (
            "Judgements that cannot be read count as -1 in mode released, as in the authors' "
            "scripts; items without an answer"
            if released
            else "Items without an answer or without a judgement that can be read"
        )
        yield note_html(
            f"Not everything could be scored. {unread} are left out of the rates; the coverage "
            "says how many.",
            "warn",
        )
    if any(summary["data"]["name"] == "mini" for summary in summaries):
        yield note_html(
            "mini is a small benchmark of its own; its numbers do not compare with the paper's."
        )


def _left_out(result: Result) -> bool:
    counts: dict[str, int] = result.summary["coverage"]
    judged = result.summary["constraints"] == "all"
    return counts["items"] > (counts["scored"] if judged else counts["generations"])


def _figures(series: Sequence[Series], comparable: bool) -> Markup:
    published = PUBLISHED if comparable else ()
    figures = [
        level_lines(series, "hsr", published),
        level_lines(series, "ssr"),
        category_radar(series),
    ]
    return Markup('{}<div class="figures">{}</div>').format(
        _legend(series, comparable), Markup("").join(figures)
    )


def _legend(series: Sequence[Series], comparable: bool) -> Markup:
    entries = [Markup("{}{}").format(run.swatch, run.label) for run in series]
    if len(series) > 1:
        button = Markup('<button type="button" aria-pressed="false" data-run="{}">{}</button>')
        entries = [button.format(number, entry) for number, entry in enumerate(entries)]
    if comparable:
        swatch = Markup(
            '<svg class="swatch" viewBox="0 0 28 12" aria-hidden="true">'
            '<path d="M1 6h26" stroke="{}" stroke-width="1"/></svg>'
        ).format(REFERENCE)
        entries.append(Markup("{}the paper's 13 models").format(swatch))
    items = (Markup("<li>{}</li>").format(entry) for entry in entries)
    return Markup('<ul class="legend">{}</ul>').format(Markup("").join(items))
