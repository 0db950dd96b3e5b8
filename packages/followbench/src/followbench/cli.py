"""The ``followbench`` command. Each command gathers its options and calls the pipeline."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from followbench.__about__ import __version__
from followbench.cli_data import data_app, import_official_command
from followbench.cli_options import (
    Categories,
    Checks,
    Data,
    Groups,
    Judge,
    JudgePrice,
    JudgeTokens,
    Lang,
    Model,
    Reasks,
    RunData,
    data_choice,
    data_of,
    judge_choice,
    limits_of,
    load_options,
    mode_of,
    model_choice,
)
from followbench.cli_results import compare_command, leaderboard_command, report_command
from truing_core.cli import (
    BatchTokens,
    ChatTemplate,
    Concurrency,
    ConfigFile,
    Device,
    DryRun,
    Dtype,
    Fresh,
    JsonOut,
    MaxCost,
    MaxRequests,
    MaxRetries,
    MaxTokens,
    Price,
    PromptsDir,
    RunDir,
    Seed,
    Temperature,
    Timeout,
    TopP,
    emit_json,
    make_app,
    progress,
    run_app,
    tell,
)
from truing_core.errors import UsageError

if TYPE_CHECKING:
    from followbench.results import Result
    from truing_core.budget import Estimate
    from truing_core.models import ChatReply

app = make_app(
    "followbench",
    "How many constraints at once does a language model obey? "
    "Scores HSR, SSR and CSL (arXiv 2310.20410).",
    __version__,
)
app.add_typer(data_app, name="data")


@app.command()
def run(
    model: Model,
    judge: Judge = None,
    data: Data = "mini",
    lang: Lang = None,
    categories: Categories = None,
    limit: Groups = None,
    checks: Checks = "fixed",
    run_dir: RunDir = None,
    config: ConfigFile = None,
    fresh: Fresh = False,
    seed: Seed = 0,
    dry_run: DryRun = False,
    as_json: JsonOut = False,
    max_tokens: MaxTokens = 1024,
    temperature: Temperature = 0.0,
    top_p: TopP = 1.0,
    judge_max_tokens: JudgeTokens = 1024,
    reasks: Reasks = 2,
    prompts: PromptsDir = None,
    concurrency: Concurrency = 32,
    max_retries: MaxRetries = 6,
    timeout: Timeout = 600.0,
    batch_tokens: BatchTokens = 16_384,
    dtype: Dtype = "auto",
    device: Device = "auto",
    chat_template: ChatTemplate = None,
    price: Price = None,
    judge_price: JudgePrice = None,
    max_requests: MaxRequests = None,
    max_cost: MaxCost = None,
) -> None:
    """Generate, judge, score and report, in one go; resumes where it stopped."""
    from followbench.choices import default_folder
    from followbench.pipeline import run_all
    from followbench.planning import plan
    from followbench.stages import REPORT

    choice = data_choice(data, lang, categories, limit)
    mode = mode_of(checks)
    options = load_options(
        concurrency, max_retries, timeout, batch_tokens, dtype, device, chat_template
    )
    limits = limits_of(price, max_requests, max_cost)
    tested = model_choice(model, max_tokens, temperature, top_p, options, limits)
    judging = None
    if judge is not None:
        if judge_price is not None:
            limits = {**limits, "price": limits_of(judge_price, None, None)["price"]}
        judging = judge_choice(judge, judge_max_tokens, reasks, prompts, options, limits)
    folder = run_dir or default_folder(model, choice)
    benchmark = choice.load()
    if dry_run:
        _show_plan(plan(folder, benchmark, tested, judging), as_json)
        return
    result = run_all(
        folder, choice, benchmark, tested, judging, mode, seed=seed, watch=_watch, fresh=fresh
    )
    _show(result, as_json, folder / REPORT)


@app.command()
def generate(
    model: Model,
    data: Data = "mini",
    lang: Lang = None,
    categories: Categories = None,
    limit: Groups = None,
    run_dir: RunDir = None,
    config: ConfigFile = None,
    fresh: Fresh = False,
    dry_run: DryRun = False,
    as_json: JsonOut = False,
    max_tokens: MaxTokens = 1024,
    temperature: Temperature = 0.0,
    top_p: TopP = 1.0,
    concurrency: Concurrency = 32,
    max_retries: MaxRetries = 6,
    timeout: Timeout = 600.0,
    batch_tokens: BatchTokens = 16_384,
    dtype: Dtype = "auto",
    device: Device = "auto",
    chat_template: ChatTemplate = None,
    price: Price = None,
    max_requests: MaxRequests = None,
    max_cost: MaxCost = None,
) -> None:
    """Let a model answer the benchmark: writes generations.jsonl into the run folder."""
    from followbench.choices import default_folder
    from followbench.pipeline import open_run
    from followbench.planning import plan
    from followbench.stages import GENERATIONS, run_generate

    choice = data_choice(data, lang, categories, limit)
    options = load_options(
        concurrency, max_retries, timeout, batch_tokens, dtype, device, chat_template
    )
    limits = limits_of(price, max_requests, max_cost)
    tested = model_choice(model, max_tokens, temperature, top_p, options, limits)
    folder = run_dir or default_folder(model, choice)
    benchmark = choice.load()
    if dry_run:
        _show_plan(plan(folder, benchmark, tested, None), as_json)
        return
    sections = {"generate": tested.config()}
    with open_run(folder, choice, benchmark, sections, fresh=fresh) as opened:
        answers = run_generate(opened, benchmark, tested, _watch)
    path = folder / GENERATIONS
    if as_json:
        emit_json(
            {"generations": str(path), "answered": len(answers.texts), "failed": answers.failed}
        )
    else:
        tell(f"{len(answers.texts)} answers in {path}{_failures(answers.failed)}")


@app.command()
def judge(
    judge: Annotated[str, typer.Option("--judge", metavar="SPEC", help="The model that judges.")],
    data: RunData = None,
    lang: Lang = None,
    categories: Categories = None,
    limit: Groups = None,
    generations: Annotated[
        Path | None,
        typer.Option("--generations", metavar="FILE", help="Default: the run folder's."),
    ] = None,
    run_dir: RunDir = None,
    config: ConfigFile = None,
    fresh: Fresh = False,
    dry_run: DryRun = False,
    as_json: JsonOut = False,
    judge_max_tokens: JudgeTokens = 1024,
    reasks: Reasks = 2,
    prompts: PromptsDir = None,
    concurrency: Concurrency = 32,
    max_retries: MaxRetries = 6,
    timeout: Timeout = 600.0,
    batch_tokens: BatchTokens = 16_384,
    dtype: Dtype = "auto",
    device: Device = "auto",
    chat_template: ChatTemplate = None,
    price: Price = None,
    max_requests: MaxRequests = None,
    max_cost: MaxCost = None,
) -> None:
    """Let a judge decide what no rule can: writes judgements.jsonl into the run folder."""
    from followbench.judging import count_unread
    from followbench.pipeline import answers_to, judge_run
    from followbench.planning import plan_judge
    from followbench.stages import JUDGEMENTS

    if run_dir is None:
        raise UsageError("judge needs --run-dir DIR: it reads answers there and writes judgements")
    options = load_options(
        concurrency, max_retries, timeout, batch_tokens, dtype, device, chat_template
    )
    limits = limits_of(price, max_requests, max_cost)
    judging = judge_choice(judge, judge_max_tokens, reasks, prompts, options, limits)
    choice = data_of(run_dir, data, lang, categories, limit)
    benchmark = choice.load()
    answers = answers_to(benchmark, generations, run_dir)
    if dry_run:
        estimate = plan_judge(run_dir, benchmark, answers.texts, judging)
        _show_plan({"judge": estimate}, as_json)
        return
    judged = judge_run(
        run_dir, choice, benchmark, answers, generations, judging, watch=_watch, fresh=fresh
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
        unreadable = f"; {unread} cannot be read" if unread else ""
        tell(f"{len(judged.texts)} judgements in {path}{unreadable}{_failures(judged.failed)}")


@app.command()
def score(
    data: RunData = None,
    lang: Lang = None,
    categories: Categories = None,
    limit: Groups = None,
    generations: Annotated[
        Path | None,
        typer.Option("--generations", metavar="FILE", help="Default: the run folder's."),
    ] = None,
    judgements: Annotated[
        Path | None,
        typer.Option("--judgements", metavar="FILE", help="Default: the run folder's, if any."),
    ] = None,
    checks: Checks = "fixed",
    run_dir: RunDir = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="Folder for the score files."),
    ] = None,
    config: ConfigFile = None,
    seed: Seed = 0,
    as_json: JsonOut = False,
) -> None:
    """Score answers and judgements that stand in files; needs no model."""
    from followbench.pipeline import score_files
    from followbench.stages import REPORT

    choice = data_of(run_dir, data, lang, categories, limit)
    result, folder = score_files(
        choice, generations, judgements, mode_of(checks), run_dir=run_dir, output=output, seed=seed
    )
    _show(result, as_json, folder)
    if folder is not None and (folder / REPORT).exists():
        tell(f"its {REPORT} is older; 'followbench report {folder}' renews it")


app.command("report")(report_command)
app.command("compare")(compare_command)
app.command("leaderboard")(leaderboard_command)
app.command("import-official")(import_official_command)


def main() -> None:
    """The console script."""
    run_app(app, "followbench")


@contextmanager
def _watch(label: str, total: int) -> Iterator[Callable[[ChatReply], None]]:
    cached = 0

    def on_reply(reply: ChatReply) -> None:
        nonlocal cached
        cached += reply.cached
        bar.advance(failed=not reply.ok)

    with progress(label, total) as bar:
        yield on_reply
    if cached:
        tell(f"{label}: {cached:,} of {total:,} had been answered before")


def _failures(count: int) -> str:
    return f"; {count} failed, run the same command again to retry them" if count else ""


def _show(result: Result, as_json: bool, written: Path | None) -> None:
    from followbench.tables import print_scores

    if as_json:
        emit_json(result.summary)
    else:
        print_scores(result)
    if written is not None:
        tell(f"written to {written}")


def _show_plan(estimates: dict[str, Estimate], as_json: bool) -> None:
    if as_json:
        emit_json({name: estimate.to_dict() for name, estimate in estimates.items()})
        return
    shown = dict(estimates)
    if len(estimates) > 1:
        first, *others = estimates.values()
        shown["together"] = sum(others, start=first)
    for name, estimate in shown.items():
        typer.echo(f"{name}:")
        for line in estimate.table():
            typer.echo(f"  {line}")
    if "judge" in estimates:
        tell(
            "answers that are not there yet count as 250 tokens; judgements asked for again come "
            "on top"
        )
