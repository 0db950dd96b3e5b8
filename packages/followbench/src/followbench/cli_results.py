"""``followbench report``, ``compare`` and ``leaderboard``: what to do with scored runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from truing_core.cli import JsonOut, Seed, emit_json, tell
from truing_core.errors import UsageError

Runs = Annotated[
    list[Path], typer.Argument(metavar="RUN...", help="Run folders, or their scores.json.")
]


def report_command(
    runs: Runs,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE",
            help="The page; by default report.html in the first run.",
        ),
    ] = None,
    as_json: JsonOut = False,
) -> None:  # fmt: skip
    """One self-contained page for one run or several side by side."""
    from followbench.report import render
    from followbench.results import load
    from followbench.stages import REPORT
    from truing_core.records import write_text

    results = [load(path) for path in runs]
    folder = runs[0] if runs[0].is_dir() else runs[0].parent
    target = output or folder / REPORT
    write_text(target, render(results))
    if as_json:
        emit_json({"runs": [result.summary for result in results], "report": str(target)})
    tell(f"the page is in {target}")


def compare_command(runs: Runs, seed: Seed = 0, as_json: JsonOut = False) -> None:
    """Differences between runs on the same items, each with a paired bootstrap test."""
    from followbench.checks.base import plural
    from followbench.comparison import compare
    from followbench.results import load
    from followbench.tables import print_comparison

    if len(runs) < 2:
        raise UsageError("compare needs two runs or more")
    results = [load(path) for path in runs]
    names = [result.label for result in results]
    if len(set(names)) < len(names):
        names = [f"{name} ({path})" for name, path in zip(names, runs, strict=True)]
    named = ((result.summary["judge"] or {}).get("model") for result in results)
    judges = sorted({judge.partition("@")[0] for judge in named if judge})
    if len(judges) > 1:
        tell(f"the judges differ ({', '.join(judges)}), and so may what they let pass")
    compared = [
        {"first": names[0], "second": name, **compare(results[0], result, seed=seed)}
        for name, result in zip(names[1:], results[1:], strict=True)
    ]
    for tested in compared:
        if tested["changed"]:
            tell(
                f"{plural(tested['changed'], 'item')} of {tested['second']} left out: the data of "
                f"{tested['first']} ask or check something else there"
            )
    if as_json:
        emit_json(compared)
        return
    for tested in compared:
        print_comparison((tested["first"], tested["second"]), tested)


def leaderboard_command(
    runs: Annotated[
        list[Path] | None, typer.Argument(metavar="RUN", help="Run folders of yours.")
    ] = None,
    as_json: JsonOut = False,
) -> None:
    """The paper's thirteen models, with your runs beside them."""
    from followbench.leaderboard import PUBLISHED
    from followbench.results import load
    from followbench.tables import leaderboard_rows, print_leaderboard

    results = [load(path) for path in runs or []]
    if as_json:
        emit_json(leaderboard_rows(results, PUBLISHED))
        return
    print_leaderboard(results, PUBLISHED)
    if any(result.summary["data"]["name"] == "mini" for result in results):
        tell("mini is another and easier benchmark: its numbers do not compare with the paper's")
