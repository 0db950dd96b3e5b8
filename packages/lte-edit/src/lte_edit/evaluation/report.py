"""The evaluation as one HTML page: scores, curves over the number of edits, and failures."""

from __future__ import annotations

from collections.abc import Sequence

from lte_edit.evaluation.figures import ages, curves
from lte_edit.evaluation.results import Evaluation, Outcome
from lte_edit.evaluation.rows import Row
from lte_edit.evaluation.tables import at, groups, lines, shown, title
from truing_core.report import Markup, Section, collapsible, page, table_html

_FAILURES = 25
_LEAST = 1.0 - 1e-9

_STYLE = """
.figures { display: flex; flex-wrap: wrap; gap: 1rem; }
.figures figure { margin: 0; }
"""


def report_html(evaluation: Evaluation) -> str:
    """The page."""
    sections = [Section("Scores", _scores(evaluation.outcomes))]
    for setting in dict.fromkeys(each.setting for each in evaluation.outcomes):
        own = [each for each in evaluation.outcomes if each.setting == setting]
        if len({each.edits for each in own}) > 1:
            sections.append(Section(f"Over the number of edits: {setting}", curves(own)))
    for (setting, edits), own in groups(evaluation.outcomes).items():
        if setting == "sequential":
            sections.append(Section(f"Retention of {edits:,} records' edits", ages(own)))
    sections.append(Section("What went wrong", _failures(evaluation.outcomes)))
    facts = evaluation.facts
    return page(
        "LTE: evaluation of edits",
        sections,
        subtitle=f"{facts['model']}, protocol {facts['protocol']}, {facts['records']:,} records",
        facts=facts,
        style=_STYLE,
    )


def _scores(outcomes: Sequence[Outcome]) -> Markup:
    tables = []
    for (setting, edits), own in groups(outcomes).items():
        rows = [
            [
                line.label,
                *(_whole(shown(outcome, line)) for outcome in own),
                _records(own, line.path),
            ]
            for line in lines(own)
        ]
        heads = ["%, with the 95 % interval", *(outcome.method for outcome in own), "records"]
        tables.append(table_html(heads, rows, caption=title(setting, edits)))
    return Markup("").join(tables)


def _whole(number: str) -> Markup:
    """A number that stays on one line with its interval."""
    return Markup('<span class="num">{}</span>').format(number)


def _records(outcomes: Sequence[Outcome], path: tuple[str, ...]) -> int | None:
    return next((n for each in outcomes if (n := at(each.scores["n"], path)) is not None), None)


def _failures(outcomes: Sequence[Outcome]) -> Markup:
    """The first questions of each outcome that were not answered as they should have been."""
    parts = []
    for outcome in outcomes:
        wrong = [row for row in outcome.rows if _is_wrong(row)]
        heads = ["record", "aspect", "question", "expected", "predicted", "written", "edits", "%"]
        rows = [_failure(row) for row in wrong[:_FAILURES]]
        summary = (
            f"{outcome.method}, {title(outcome.setting, outcome.edits)}: {len(wrong):,} of "
            f"{len(outcome.rows):,} questions"
        )
        if rows:
            parts.append(collapsible(summary, table_html(heads, rows)))
    more = Markup("<p>The first of each; rows.jsonl has all.</p>")
    return Markup("").join([more, *parts])


def _is_wrong(row: Row) -> bool:
    return row["score"] is not None and row["score"] < _LEAST


def _failure(row: Row) -> list[object]:
    local = row["metric"] == "locality"
    return [
        row["case"],
        row["aspect"],
        row["prompt"],
        f"as before: {row.get('bare')}" if local else row["answers"][0],
        row["predicted"],
        row.get("generated"),
        "; ".join(fact["fact"] for fact in row["facts"]),
        100 * row["score"],
    ]
