"""The flow of ``report``: read, measure, draw rows to read, write the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truing_core.files import write_text
from webr_synth.reporting.comparing import compare, names_of
from webr_synth.reporting.funnel import find_summary, funnel, wanted_mix
from webr_synth.reporting.page import Report, report_html
from webr_synth.reporting.surveying import Drawn, Survey, survey

_LANGUAGES = 1000  # requests whose language is told
_TOO_SHORT = "too short to tell"


@dataclass(frozen=True)
class Looking:
    """How a data set is looked at.

    Attributes:
        sample: Requests to embed and compare.
        rows: Rows to read.
        encoder: See :func:`~webr_synth.reporting.embedding.embed`.
        field: The field that holds the request.
        limit: The first rows only.
        seed: Of every draw.
    """

    sample: int = 1000
    rows: int = 12
    encoder: str = "auto"
    field: str | None = None
    limit: int | None = None
    seed: int = 0


def look(
    data: Path,
    against: Sequence[Path],
    looking: Looking,
    *,
    folder: Path | None = None,
    on_rows: Callable[[int], None] = lambda count: None,
) -> Report:
    """Everything that a report shows.

    Args:
        data: What ``run`` wrote, or another data set.
        against: Data sets to compare it with.
        looking: How.
        folder: The run's; by default its summary is looked for beside the data.
        on_rows: Called with the number of rows read since.

    Raises:
        InputError: Something cannot be read.
        ModelError: The encoder cannot be loaded.
    """
    summary = find_summary(data, folder)
    own, *others = surveys([data, *against], looking, on_rows=on_rows)
    comparison = compare([own, *others], seed=looking.seed, encoder=looking.encoder)
    facts: dict[str, Any] = {"data": data.name, "rows": own.rows}
    models = sorted({str(each.row["model"]) for each in own.sample if each.row.get("model")})
    facts |= {
        "model": models,
        "sample": comparison.sample,
        "embedded by": comparison.embedded_by,
        "seed": looking.seed,
    }
    return Report(
        own,
        funnel(summary, own.rows),
        wanted_mix(summary),
        languages(own.requests[:_LANGUAGES]),
        comparison,
        _rows_to_read(own, looking),
        facts,
    )


def surveys(
    paths: Sequence[Path], looking: Looking, *, on_rows: Callable[[int], None]
) -> list[Survey]:
    """Reads data sets one after the other.

    Raises:
        InputError: One cannot be read.
    """
    return [
        survey(
            path, name=name, sample=looking.sample, seed=looking.seed, field=looking.field,
            limit=looking.limit, on_rows=on_rows,
        )
        for path, name in zip(paths, names_of(paths), strict=True)
    ]  # fmt: skip


def write_report(report: Report, output: Path) -> None:
    """Writes the page.

    Raises:
        TruingError: The place cannot be written.
    """
    write_text(output, report_html(report))


def languages(texts: Sequence[str]) -> Counter[str]:
    """Languages of texts, as far as they can be told."""
    from truing_core.language import language_of

    return Counter(language_of(text) or _TOO_SHORT for text in texts)


def _rows_to_read(own: Survey, looking: Looking) -> list[Any]:
    # Another key than the sample's, whose smallest digests would all be chosen again.
    drawn = Drawn(looking.rows, looking.seed + 1)
    for exchange in own.sample:
        drawn.offer(exchange.id, exchange)
    return drawn.rows()
