"""The report's tables: runs side by side, categories, coverage, and where it all comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from followbench.data import CATEGORIES, LEVELS
from followbench.leaderboard import PUBLISHED
from followbench.series import Series
from followbench.tables import best_first, leaderboard_rows, mean
from truing_core.report import Markup, collapsible, facts_html, table_html

_LEVEL_HEADS = [f"HSR L{level}" for level in range(1, LEVELS + 1)]
_RATE_HEADS = [*_LEVEL_HEADS, "HSR", "SSR", "CSL"]


def headline(series: Sequence[Series]) -> Markup:
    """The averages of each run with their intervals, best mean HSR first."""
    rows = [[_named(run), *_rates(run.result.summary["average"])] for run in _ranked(series)]
    caption = (
        "HSR at each level and its mean, mean SSR (percent), CSL (levels); "
        "averages over the categories, with 95 % intervals"
    )
    return _scores(["model", *_RATE_HEADS], rows, caption)


def reference(series: Sequence[Series]) -> Markup:
    """The paper's thirteen models with these runs among them, folded away."""
    ours = [
        {**row, "model": run.label} for run in series for row in leaderboard_rows([run.result], ())
    ]
    paper = leaderboard_rows([], PUBLISHED)
    ranked = sorted([*ours, *paper], key=lambda row: best_first(row["hsr_mean"]))
    rows = [
        [
            Markup("<strong>{}</strong>").format(row["model"])
            if row["source"] != "paper"
            else row["model"],
            *(_digits(value, 1) for value in row["hsr"]),
            _digits(row["hsr_mean"], 1),
            _digits(row["ssr_mean"], 1),
            _digits(row["csl"], 1 if row["source"] == "paper" else 2),
        ]
        for row in ranked
    ]
    caption = (
        "In bold: these runs. The others as published (arXiv 2310.20410, judged by GPT-4 in "
        "2023): another judge and other rules, so mind the distance, not the decimals"
    )
    table = _scores(["model", *_RATE_HEADS], rows, caption)
    return collapsible("Beside the paper's 13 models", table)


def category_grid(series: Sequence[Series]) -> Markup:
    """Mean HSR, a row a run and a column a category, shaded."""
    present = [
        name for name in CATEGORIES if any(name in s.result.summary["categories"] for s in series)
    ]
    rows = []
    for run in _ranked(series):
        blocks = run.result.summary["categories"]
        rates = [mean(blocks[name]["hsr"]) if name in blocks else None for name in present]
        rows.append([_named(run), *(_shaded(rate) for rate in rates)])
    return _scores(["model", *present], rows, "HSR by category, mean of the levels, in percent")


def category_details(series: Sequence[Series]) -> Iterator[Markup]:
    """A table for each run, a row a category; folded away if there are several."""
    for run in series:
        summary = run.result.summary
        blocks = summary["categories"]
        rows = [[name, block["groups"], *_rates(block)] for name, block in blocks.items()]
        total = sum(block["groups"] for block in blocks.values())
        last = [Markup("<strong>average</strong>"), total, *_rates(summary["average"])]
        table = _scores(["category", "groups", *_RATE_HEADS], [*rows, last])
        yield table if len(series) == 1 else collapsible(_named(run), table)


def coverage(series: Sequence[Series]) -> Markup:
    """What was answered, judged and scored, a row a run; folded away if that is everything."""
    heads = ["model", "items", "answered", "judged", "unreadable", "missing", "scored"]
    heads += ["constraints decided"]
    rows = []
    for run in series:
        counts = run.result.summary["coverage"]
        decided = f"{counts['constraints_decided']:,} of {counts['constraints']:,}"
        judged = counts["judged"] if run.result.summary["judge"] else None
        rows.append(
            [
                _named(run),
                counts["items"],
                _short_of(counts["generations"], counts["items"]),
                judged,
                _warned(counts["unparsed"]),
                _warned(counts["missing"]),
                _short_of(counts["scored"], counts["items"]),
                decided,
            ]
        )
    whole = all(
        counts["scored"] == counts["items"]
        for counts in (run.result.summary["coverage"] for run in series)
    )
    summary = f"Coverage: {'all' if whole else 'not all'} items scored"
    return collapsible(summary, _scores(heads, rows), open=not whole)


def provenance(series: Sequence[Series]) -> Markup:
    """Data, rules, judge and version of each run."""
    blocks = []
    for run in series:
        summary = run.result.summary
        judge = summary["judge"]
        data = summary["data"]
        facts = {
            "model": run.name,
            "data": f"{data['name']}, {summary['lang']}, fingerprint {data['fingerprint']}",
            "checks": summary["checks"],
            "judge": judge["model"] if judge else "none: checks only",
        }
        if judge:
            facts["judge templates"] = judge["templates"]
        facts["followbench"] = summary["followbench"]
        html = facts_html(facts)
        blocks.append(html if len(series) == 1 else collapsible(_named(run), html))
    return Markup("").join(blocks)


def _scores(heads: Sequence[str], rows: Sequence[Sequence[Any]], caption: str = "") -> Markup:
    above = Markup("<span>{}</span>").format(caption) if caption else ""
    return Markup('<div class="scores">{}</div>').format(table_html(heads, rows, caption=above))


def _ranked(series: Sequence[Series]) -> list[Series]:
    return sorted(series, key=lambda run: best_first(mean(run.result.summary["average"]["hsr"])))


def _named(run: Series) -> Markup:
    return Markup('<span class="run">{}{}</span>').format(run.swatch, run.label)


def _rates(block: Mapping[str, Any]) -> list[Any]:
    """HSR at five levels and its mean, mean SSR, CSL; with intervals where there are any."""
    bounds = block["intervals"]
    levels = [_value(*pair, 1) for pair in zip(block["hsr"], bounds["hsr"], strict=True)]
    means = [_value(mean(block[name]), None, 1) for name in ("hsr", "ssr")]
    return [*levels, *means, _value(block["csl"], bounds["csl"], 2)]


def _value(value: float | None, bounds: Sequence[float] | None, digits: int) -> Markup | None:
    if value is None:
        return None
    shown = Markup('<span class="value">{}</span>').format(_digits(value, digits))
    if bounds is not None:
        low, high = (_digits(bound, digits) for bound in bounds)
        shown += Markup(" <small>{}–{}</small>").format(low, high)
    return shown


def _shaded(rate: float | None) -> Markup | None:
    if rate is None:
        return None
    return Markup('<span class="value shade" style="--rate: {}%">{}</span>').format(
        _digits(max(rate, 0.0), 1), _digits(rate, 1)
    )


def _short_of(count: int, items: int) -> Any:
    return count if count == items else _warned(count)


def _warned(count: int) -> Any:
    return Markup('<span class="warn">{}</span>').format(f"{count:,}") if count else count


def _digits(value: float | None, digits: int) -> str | None:
    return None if value is None else f"{value:.{digits}f}"
