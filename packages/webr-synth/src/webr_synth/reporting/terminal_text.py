"""The report in a terminal: plain columns of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

from webr_synth.reporting.compare_page import basis, measures
from webr_synth.reporting.comparing import Comparison
from webr_synth.reporting.page import Report, near_duplicates, verb_rows


def comparison_lines(comparison: Comparison) -> Iterator[str]:
    """The figures, data sets as columns, and what they rest on."""
    rows = [["", *comparison.sets], *([name, *cells] for name, cells in measures(comparison))]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        first, *others = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join([row[0].ljust(len(first)), *others]).rstrip()
    yield basis(comparison)


def report_lines(report: Report) -> Iterator[str]:
    """The report."""
    yield from _columns(
        (step.name, f"{step.count:,}", _stopped(step.stopped)) for step in report.funnel
    )
    survey = report.survey
    if survey.perspectives:
        yield ""
        total = sum(survey.perspectives.values())
        yield from _columns(
            (name, f"{number:,}", f"{number / total:.1%}")
            for name, number in sorted(survey.perspectives.items())
        )
    yield ""
    lengths = {
        "words of requests": survey.request_words,
        "words of answers": survey.answer_words,
        "characters of documents": survey.document_chars,
    }
    yield from _columns(
        (name, f"{median(numbers):,.0f}", f"{min(numbers):,} to {max(numbers):,}")
        for name, numbers in lengths.items()
        if numbers
    )
    told = ", ".join(f"{name} {number:,}" for name, number in report.languages.most_common(6))
    yield f"languages of requests in the sample: {told}"
    verbs = ", ".join(
        f"{verb} {number:,}" + (f" ({objects[0][0]})" if objects else "")
        for verb, number, objects in verb_rows(survey, 8)
    )
    yield f"root verbs (English, by word lists): {verbs or 'none found'}"
    yield near_duplicates(survey)
    yield ""
    yield from comparison_lines(report.comparison)


def report_json(report: Report) -> dict[str, Any]:
    """The report as ``report --json`` prints it."""
    survey = report.survey
    return {
        "rows": survey.rows,
        "funnel": [
            {"step": step.name, "count": step.count, "of": step.of, "stopped": step.stopped}
            for step in report.funnel
        ],
        "perspectives": dict(survey.perspectives),
        "lengths": {
            name: {"median": median(numbers), "min": min(numbers), "max": max(numbers)}
            for name, numbers in (
                ("request_words", survey.request_words),
                ("answer_words", survey.answer_words),
                ("document_chars", survey.document_chars),
            )
            if numbers
        },
        "languages": dict(report.languages),
        "verbs": [
            {"verb": verb, "count": number, "objects": dict(objects)}
            for verb, number, objects in verb_rows(survey, 50)
        ],
        "near_duplicates": {"found": survey.near_duplicates, "among": survey.searched},
        "diversity": report.comparison.to_dict(),
    }


def _stopped(stopped: dict[str, int]) -> str:
    reasons = sorted(stopped.items(), key=lambda each: -each[1])
    return ", ".join(f"{reason} {number:,}" for reason, number in reasons)


def _columns(rows: Any) -> Iterator[str]:
    held: Sequence[tuple[str, str, str]] = list(rows)
    names, numbers = (max((len(row[at]) for row in held), default=0) for at in (0, 1))
    for name, number, more in held:
        yield f"{name:<{names}}  {number:>{numbers}}  {more}".rstrip()
