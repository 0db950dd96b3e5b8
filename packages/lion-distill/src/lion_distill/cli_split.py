"""``lion-distill split``: hard and easy out of a referee's reviews, of a file or of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from truing_core.cli import JsonOut, Output, RunDir, emit_json, tell
from truing_core.errors import InputError, UsageError

if TYPE_CHECKING:
    from lion_distill.rows import Review

_BAR = 40


def split_command(
    reviews: Annotated[
        Path | None,
        typer.Option(
            "--reviews", metavar="FILE",
            help="Rows of id, teacher and student: two scores each, the second with the answers' "
            "places changed.",
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold", metavar="T",
            help="τ: the gap of mean scores from which one is hard. By default that of the run, "
            "or 1.0.",
        ),
    ] = None,
    run_dir: RunDir = None,
    iteration: Annotated[
        int | None,
        typer.Option(
            "--iteration", metavar="K", min=0,
            help="Of the run; by default the last one that has reviews.",
        ),
    ] = None,
    output: Output = None,
    as_json: JsonOut = False,
) -> None:  # fmt: skip
    """Split instructions into hard and easy by the referee's reviews.

    Of a run, this is its stage, unless another threshold than the run's asks "what if".
    """
    from lion_distill.discrimination.agreement import summarise, warnings_of
    from lion_distill.discrimination.split import split
    from lion_distill.workspace import save

    if reviews is None and run_dir is None:
        raise UsageError("there is nothing to split; give --reviews FILE or --run-dir DIR")
    if reviews is not None:
        limit = 1.0 if threshold is None else threshold
    else:
        assert run_dir is not None
        reviews, limit = _of_run(run_dir, iteration, threshold)
    if output is not None and output.resolve() == reviews.resolve():
        raise UsageError(f"'{output}' is an input; name another place to write")
    rows = list(_read(reviews))
    verdicts = split(rows, limit)
    summary = summarise(verdicts, rows)
    if output is not None:
        save(output, verdicts)
    if as_json:
        sides = {
            side: [verdict.id for verdict in verdicts if verdict.kind == side]
            for side in ("hard", "easy", "undecided")
        }
        emit_json({"threshold": limit, "n": summary["n"], **sides, **summary})
    else:
        for line in _table(summary, limit):
            typer.echo(line)
    for sentence in warnings_of(summary):
        tell(f"warning: {sentence}")
    if output is not None:
        tell(f"{len(verdicts):,} verdicts in {output}")


def _read(path: Path) -> Iterator[Review]:
    from lion_distill.rows import Review
    from truing_core.records import parse_row, read_rows

    seen: set[str] = set()
    for number, row in read_rows(path):
        review = parse_row(Review, row, path=path, row_number=number)
        if review.id in seen:
            raise InputError(
                f"'{review.id}' stands here a second time", path=path, row=number, field="id"
            )
        seen.add(review.id)
        yield review


def _of_run(root: Path, number: int | None, threshold: float | None) -> tuple[Path, float]:
    """An iteration's reviews, and the threshold; the run's own split is done if it is due."""
    from lion_distill.__about__ import __version__
    from lion_distill.discrimination.split import split_stage
    from lion_distill.reporting.manifest import read_manifest
    from lion_distill.workspace import Iteration, iterations, missing
    from truing_core.run import Run

    manifest = read_manifest(root)
    own = float(manifest.config.get("threshold", 1.0))
    limit = own if threshold is None else threshold
    reviewed = [each for each in iterations(root) if each.reviews.is_file()]
    if number is None:
        number = reviewed[-1].number if reviewed else 0
    at = Iteration(root, number)
    if not at.reviews.is_file():
        raise missing(at.reviews, f"referee --iteration {number}")
    if limit == own and manifest.stage(number, "split") is None:
        with Run.open(
            root, tool="lion-distill", version=__version__, config={}, extend=True
        ) as run:
            run.stage_done(at.stage("split"), **split_stage(at, own, quiet=True))
    return at.reviews, limit


def _table(summary: Mapping[str, Any], threshold: float) -> Iterator[str]:
    n, gap, bias = summary["n"], summary["gap"], summary["position_bias"]
    yield f"threshold     {threshold:g}"
    yield f"hard          {n['hard']:,}{_share(summary, 'hard_share')}"
    yield f"easy          {n['easy']:,}"
    why = ", ".join(
        f"{count:,} {name.replace('_', ' ')}" for name, count in summary["reasons"].items()
    )
    yield f"undecided     {n['undecided']:,}{f' ({why})' if why else ''}"
    if gap["mean"] is None:
        return
    yield (
        f"mean scores   teacher {summary['teacher']['mean']:.2f}, student "
        f"{summary['student']['mean']:.2f}, gap {gap['mean']:.2f}"
    )
    yield f"orders agree {_share(summary, 'agreement')}"
    between = f" ({bias['low']:+.2f} to {bias['high']:+.2f})" if bias["low"] is not None else ""
    yield f"first place   {bias['mean']:+.2f}{between}"
    yield f"same score    {summary['identical']:.1%} of replies"
    yield "gaps"
    most = max(gap["counts"])
    filled = [place for place, count in enumerate(gap["counts"]) if count]
    for place in range(filled[0], filled[-1] + 1):
        low, count = gap["edges"][place], gap["counts"][place]
        bar = "#" * max(round(_BAR * count / most), count > 0)
        yield f"  {low:>2} to {low + 1:>2}    {count:>6,} {bar}".rstrip()


def _share(summary: Mapping[str, Any], name: str) -> str:
    if summary[name] is None:
        return ""
    low, high = summary[f"{name}_interval"]
    return f" {summary[name]:.1%} ({low:.1%} to {high:.1%})"
