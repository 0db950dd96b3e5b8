"""The ``followbench`` command. Each command gathers its options and calls the pipeline."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from followbench.__about__ import __version__
from followbench.cli_data import data_app, import_official_command
from followbench.cli_options import (
    Checks,
    DataOptions,
    Judge,
    JudgePrice,
    JudgingOptions,
    RunDataOptions,
    mode_of,
)
from followbench.cli_results import compare_command, leaderboard_command, report_command
from truing_core.asking import failures, show_plan, watch
from truing_core.cli import (
    MODEL_SPEC,
    CostOptions,
    DryRun,
    Fresh,
    JsonOut,
    LoadingOptions,
    Model,
    RunDir,
    SamplingOptions,
    Seed,
    emit_json,
    grouped,
    make_app,
    model_choice,
    run_app,
    tell,
)
from truing_core.errors import UsageError

if TYPE_CHECKING:
    from followbench.results import Result
    from truing_core.budget import Estimate

Generations = Annotated[
    Path | None,
    typer.Option("--generations", metavar="FILE", help="By default the run folder's."),
]

app = make_app(
    "followbench",
    "How many constraints at once does a language model obey? "
    "Scores HSR, SSR and CSL (arXiv 2310.20410).",
    __version__,
)
app.add_typer(data_app, name="data")


@app.command()
@grouped
def run(
    model: Model,
    judge: Judge = None,
    *,
    source: DataOptions,
    checks: Checks = "fixed",
    run_dir: RunDir = None,
    fresh: Fresh = False,
    seed: Seed = 0,
    dry_run: DryRun = False,
    as_json: JsonOut = False,
    sampling: SamplingOptions,
    judging: JudgingOptions,
    loading: LoadingOptions,
    cost: CostOptions,
    judge_price: JudgePrice = None,
) -> None:
    """Generate, judge, score and report, in one go; resumes where it stopped."""
    from followbench.choices import default_folder
    from followbench.pipeline import run_all
    from followbench.planning import plan
    from followbench.stages import REPORT

    data, mode = source.choice(), mode_of(checks)
    tested = model_choice(model, sampling, loading, cost)
    judged = None
    if judge is not None:
        its_cost = replace(cost, price=judge_price or cost.price)
        chosen = judging.choice(judge, loading, its_cost)
        judged = replace(chosen, model=replace(chosen.model, budget=tested.budget))
    folder = run_dir or default_folder(model, data)
    benchmark = data.load()
    if dry_run:
        _show_estimates(plan(folder, benchmark, tested, judged, fresh=fresh), as_json)
        return
    result = run_all(
        folder, data, benchmark, tested, judged, mode, seed=seed, watch=watch, fresh=fresh
    )
    _show(result, as_json)
    tell(f"the page is in {folder / REPORT}")


@app.command()
@grouped
def generate(
    model: Model,
    *,
    source: DataOptions,
    run_dir: RunDir = None,
    fresh: Fresh = False,
    dry_run: DryRun = False,
    as_json: JsonOut = False,
    sampling: SamplingOptions,
    loading: LoadingOptions,
    cost: CostOptions,
) -> None:
    """Let a model answer the benchmark: writes generations.jsonl into the run folder."""
    from followbench.choices import default_folder
    from followbench.pipeline import open_run
    from followbench.planning import plan
    from followbench.stages import GENERATIONS, run_generate

    data = source.choice()
    tested = model_choice(model, sampling, loading, cost)
    folder = run_dir or default_folder(model, data)
    benchmark = data.load()
    if dry_run:
        _show_estimates(plan(folder, benchmark, tested, None, fresh=fresh), as_json)
        return
    sections = {"generate": tested.config()}
    with open_run(folder, data, benchmark, sections, fresh=fresh) as opened:
        answers = run_generate(opened, benchmark, tested, watch)
    path = folder / GENERATIONS
    if as_json:
        emit_json(
            {"generations": str(path), "answered": len(answers.texts), "failed": answers.failed}
        )
    else:
        tell(f"{len(answers.texts):,} answers in {path}{failures(answers.failed)}")


@app.command()
@grouped
def judge(
    judge: Annotated[
        str, typer.Option("--judge", metavar="SPEC", help=f"Who judges: {MODEL_SPEC}.")
    ],
    *,
    source: RunDataOptions,
    generations: Generations = None,
    run_dir: RunDir = None,
    fresh: Fresh = False,
    dry_run: DryRun = False,
    as_json: JsonOut = False,
    judging: JudgingOptions,
    loading: LoadingOptions,
    cost: CostOptions,
) -> None:
    """Let a judge decide what no rule can: writes judgements.jsonl into the run folder."""
    from followbench.judging import count_unread
    from followbench.pipeline import answers_to, judge_run
    from followbench.planning import plan_judge
    from followbench.stages import JUDGEMENTS

    if run_dir is None:
        raise UsageError("judge needs --run-dir DIR: it reads answers there and writes judgements")
    chosen = judging.choice(judge, loading, cost)
    data = source.choice(run_dir)
    benchmark = data.load()
    answers = answers_to(benchmark, generations, run_dir)
    if dry_run:
        estimate = plan_judge(run_dir, benchmark, answers.texts, chosen, fresh=fresh)
        _show_estimates({"judge": estimate}, as_json)
        return
    judged = judge_run(
        run_dir, data, benchmark, answers, generations, chosen, watch=watch, fresh=fresh
    )
    path, unread = run_dir / JUDGEMENTS, count_unread(benchmark, judged.texts)
    if as_json:
        emit_json(
            {
                "judgements": str(path),
                "judged": len(judged.texts),
                "unparsed": unread,
                "failed": judged.failed,
            }
        )
    else:
        unreadable = f"; {unread:,} cannot be read" if unread else ""
        tell(f"{len(judged.texts):,} judgements in {path}{unreadable}{failures(judged.failed)}")


@app.command()
@grouped
def score(
    *,
    source: RunDataOptions,
    generations: Generations = None,
    judgements: Annotated[
        Path | None,
        typer.Option("--judgements", metavar="FILE", help="By default the run folder's, if any."),
    ] = None,
    checks: Checks = "fixed",
    run_dir: RunDir = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="Folder for the score files."),
    ] = None,
    seed: Seed = 0,
    as_json: JsonOut = False,
) -> None:
    """Score answers and judgements that stand in files; needs no model."""
    from followbench.pipeline import score_files
    from followbench.stages import REPORT

    data = source.choice(run_dir)
    result, folder = score_files(
        data, generations, judgements, mode_of(checks), run_dir=run_dir, output=output, seed=seed
    )
    _show(result, as_json)
    if folder is not None:
        tell(f"the scores are in {folder}")
    elif run_dir is not None:
        tell(
            f"{generations} holds other answers than {run_dir}: that run's judgements and scores "
            "are left alone; -o DIR writes these scores"
        )
    if folder is not None and (folder / REPORT).exists():
        tell(f"its {REPORT} is older; 'followbench report {folder}' renews it")


app.command("report")(report_command)
app.command("compare")(compare_command)
app.command("leaderboard")(leaderboard_command)
app.command("import-official")(import_official_command)


def main() -> None:
    """The console script."""
    run_app(app, "followbench")


def _show(result: Result, as_json: bool) -> None:
    from followbench.tables import print_scores

    if as_json:
        emit_json(result.summary)
    else:
        print_scores(result)


def _show_estimates(estimates: dict[str, Estimate], as_json: bool) -> None:
    show_plan(estimates, as_json)
    if "judge" in estimates and not as_json:
        waiting = "answers that are not there yet count as 250 tokens; "
        tell(
            (waiting if "generate" in estimates else "") + "judgements asked for again come on top"
        )
