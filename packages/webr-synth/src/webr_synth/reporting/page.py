"""The report of a data set: one page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from truing_core.report import Markup, Section, note_html, page
from webr_synth.dedup.exchanges import Exchange
from webr_synth.reporting import bars, compare_page, reader
from webr_synth.reporting.comparing import Comparison
from webr_synth.reporting.figures import histograms
from webr_synth.reporting.funnel import Step
from webr_synth.reporting.names import PERSPECTIVES
from webr_synth.reporting.surveying import Survey

_STYLE = """
.figures { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(16rem, 100%), 1fr)); }
.figures figure { margin: 0; min-width: 0; }
.figures figure svg { min-width: 0; }
"""  # noqa: E501
_VERBS, _OBJECTS = 15, 6
_VERBS_NOTE = (
    "The first imperative of a request and its object, found by word lists and position, without "
    "a parser, and in English only; a question without an imperative counts by its first word."
)


@dataclass(frozen=True, slots=True)
class Report:
    """What a page shows.

    Attributes:
        survey: The data set.
        funnel: From documents to rows.
        wanted: Rows of each perspective that the run was to write.
        languages: Of the requests of the sample, as they were told.
        comparison: Its diversity, and that of the data sets it is held against.
        rows: Those to read.
        facts: What the page rests on.
    """

    survey: Survey
    funnel: Sequence[Step]
    wanted: dict[str, int]
    languages: Counter[str]
    comparison: Comparison
    rows: Sequence[Exchange]
    facts: dict[str, Any]


def report_html(report: Report) -> str:
    """The page."""
    survey = report.survey
    sections = [Section("Funnel", _funnel(report))]
    if survey.perspectives or report.wanted:
        sections.append(Section("Perspectives", _perspectives(report)))
    lengths = {
        "Request, words": survey.request_words,
        "Answer, words": survey.answer_words,
        "Document, characters": survey.document_chars,
    }
    sections += [
        Section("Lengths", histograms(lengths)),
        Section("Languages", _languages(report)),
        Section("What is asked for", _verbs(survey)),
        Section("Diversity", _diversity(report)),
        Section("Map", compare_page.embedded_map(report.comparison, _groups(report))),
        Section("Reader", reader.reader(report.rows)),
    ]
    return page(
        "WebR: instruction data",
        sections,
        subtitle=f"{survey.name}: {survey.rows:,} rows",
        facts=report.facts,
        style=_STYLE + bars.STYLE + reader.STYLE,
    )


def _funnel(report: Report) -> Markup:
    rows = []
    for step in report.funnel:
        of = f" of {step.of:,}" if step.of is not None else ""
        below = []
        if step.stopped:
            reasons = sorted(step.stopped.items(), key=lambda each: -each[1])
            below.append(", ".join(f"{reason} {number:,}" for reason, number in reasons))
        if step.tokens:
            below.append(f"tokens: {step.tokens[0]:,} read, {step.tokens[1]:,} written")
        rows.append((step.name, step.count, f"{step.count:,}{of}", "; ".join(below)))
    drawn = bars.bars(rows)
    if len(rows) > 1:
        return drawn
    missing = "There is no summary.json of the run beside the data; name its folder with --run-dir."
    return drawn + note_html(missing)


def _perspectives(report: Report) -> Markup:
    counts, wanted = report.survey.perspectives, report.wanted
    names = [*PERSPECTIVES, *sorted((set(counts) | set(wanted)) - set(PERSPECTIVES))]
    total = sum(counts.values()) or 1
    rows = []
    for name in names:
        goal = f" of {wanted[name]:,} wanted" if name in wanted else ""
        right = f"{counts[name]:,}{goal} ({counts[name] / total:.1%})"
        rows.append((PERSPECTIVES.get(name, name), counts[name], right, ""))
    return bars.bars(rows, marks=[wanted.get(name, 0) for name in names] if wanted else [])


def _languages(report: Report) -> Markup:
    told = _shares(report.languages)
    note = f"<p>Told from {sum(report.languages.values()):,} requests of the sample:</p>\n"
    parts = [Markup(note), told]
    if report.survey.document_languages:
        parts += [Markup("<p>Of the documents, all rows:</p>\n")]
        parts += [_shares(report.survey.document_languages)]
    return Markup("").join(parts)


def _shares(counts: Counter[str]) -> Markup:
    total = sum(counts.values()) or 1
    return bars.bars(
        [
            (name, number, f"{number:,} ({number / total:.1%})", "")
            for name, number in counts.most_common(12)
        ]
    )


def _verbs(survey: Survey) -> Markup:
    rows = []
    for verb, number, objects in verb_rows(survey, _VERBS):
        told = ", ".join(f"{name} {count:,}" for name, count in objects)
        rows.append((verb, number, f"{number:,}", told))
    total = sum(survey.verbs.values())
    told = (
        f"{total:,} requests begin with one of {len({verb for verb, _ in survey.verbs}):,} verbs "
        f"or question words; in {survey.without_verb:,} none was found."
    )
    return Markup("<p>{} {}</p>\n{}").format(told, _VERBS_NOTE, bars.bars(rows))


def verb_rows(survey: Survey, most: int) -> list[tuple[str, int, list[tuple[str, int]]]]:
    """The usual verbs, how often each comes, and its usual objects."""
    verbs: Counter[str] = Counter()
    objects: dict[str, Counter[str]] = {}
    for (verb, thing), number in survey.verbs.items():
        verbs[verb] += number
        if thing:
            objects.setdefault(verb, Counter())[thing] += number
    return [
        (verb, number, objects.get(verb, Counter()).most_common(_OBJECTS))
        for verb, number in verbs.most_common(most)
    ]


def near_duplicates(survey: Survey) -> str:
    """How many requests of the data set repeat others, in a sentence."""
    which = "all" if survey.searched == len(survey.request_words) else "the first"
    share = survey.near_duplicates / max(survey.searched, 1)
    return (
        f"Of {which} {survey.searched:,} requests {survey.near_duplicates:,} ({share:.1%}) nearly "
        "repeat an earlier one."
    )


def _diversity(report: Report) -> Markup:
    survey = report.survey
    told = Markup("<p>{}</p>\n").format(near_duplicates(survey))
    return told + compare_page.table(report.comparison) + note_html(compare_page.MEANINGS)


def _groups(report: Report) -> list[str] | None:
    """With other data sets on the map colours tell these, else perspectives."""
    if len(report.comparison.sets) > 1 or not report.survey.perspectives:
        return None
    names = (str(each.row.get("perspective")) for each in report.comparison.rows)
    return [PERSPECTIVES.get(name, name) for name in names]
