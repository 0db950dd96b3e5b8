"""``lion-distill evaluate``: its options, and the tables it prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lion_distill.cli_choices import price_of, seeded
from truing_core.asking import failures, show_plan, watch
from truing_core.cli import (
    MODEL_SPEC,
    CostOptions,
    DryRun,
    Fresh,
    JsonOut,
    Limit,
    LoadingOptions,
    PromptsDir,
    RunDir,
    SamplingOptions,
    Seed,
    emit_json,
    grouped,
    model_choice,
    show_table,
    table_of,
    tell,
    words_of,
)
from truing_core.errors import UsageError

if TYPE_CHECKING:
    from lion_distill.evaluation.harness import HarnessChoice
    from truing_core.roles import ModelChoice

_REFEREE, _BENCHMARKS = "Referee", "Benchmarks"

Student = Annotated[
    str, typer.Option("--student", metavar="SPEC", help=f"Who is measured: {MODEL_SPEC}.")
]
Reference = Annotated[
    str | None,
    typer.Option(
        "--reference", metavar="SPEC", help="Whom it is compared with; open questions need one."
    ),
]
Referee = Annotated[
    str,
    typer.Option(
        "--referee", metavar="SPEC|exact",
        help="Who judges open questions, in both orders. Tasks with an answer are always checked; "
        "exact allows no others.",
        rich_help_panel=_REFEREE,
    ),
]  # fmt: skip
RefereeTemperature = Annotated[
    float,
    typer.Option(
        "--referee-temperature", metavar="T", min=0.0, help="Of the referee.",
        rich_help_panel=_REFEREE,
    ),
]  # fmt: skip
RefereeTokens = Annotated[
    int,
    typer.Option(
        "--referee-max-tokens", metavar="N", min=1, help="Longest review, in tokens.",
        rich_help_panel=_REFEREE,
    ),
]  # fmt: skip
RefereeRetries = Annotated[
    int,
    typer.Option(
        "--referee-retries", metavar="N", min=0,
        help="How often a review that cannot be read is asked for again.",
        rich_help_panel=_REFEREE,
    ),
]  # fmt: skip
Questions = Annotated[
    Path | None,
    typer.Option(
        "--questions", metavar="FILE",
        help="Open questions (Vicuna's, AlpacaEval's, plain), or tasks with an answer.",
    ),
]  # fmt: skip
LmEval = Annotated[
    str | None,
    typer.Option(
        "--lm-eval", metavar="TASK,…",
        help="Also run these of lm-eval's tasks on the student, as bbh_zeroshot,ifeval.",
        rich_help_panel=_BENCHMARKS,
    ),
]  # fmt: skip
LmEvalTasks = Annotated[
    Path | None,
    typer.Option(
        "--lm-eval-tasks", metavar="DIR",
        help="A folder with tasks of your own; the code they name is run.",
        rich_help_panel=_BENCHMARKS,
    ),
]  # fmt: skip
LmEvalLimit = Annotated[
    int | None,
    typer.Option(
        "--lm-eval-limit", metavar="N", min=1,
        help="The first N of each task only, to try it.",
        rich_help_panel=_BENCHMARKS,
    ),
]  # fmt: skip


@grouped
def evaluate_command(
    student: Student,
    *,
    reference: Reference = None,
    questions: Questions = None,
    referee: Referee = "exact",
    referee_temperature: RefereeTemperature = 0.2,
    referee_max_tokens: RefereeTokens = 512,
    referee_retries: RefereeRetries = 2,
    lm_eval: LmEval = None,
    lm_eval_tasks: LmEvalTasks = None,
    lm_eval_limit: LmEvalLimit = None,
    prompts: PromptsDir = None,
    limit: Limit = None,
    run_dir: RunDir = None,
    fresh: Fresh = False,
    seed: Seed = 0,
    dry_run: DryRun = False,
    as_json: JsonOut = False,
    sampling: SamplingOptions,
    loading: LoadingOptions,
    cost: CostOptions,
) -> None:
    """Measure a model: against a reference on open questions, on tasks, on benchmarks."""
    from lion_distill.choices import EvaluationChoice, RefereeChoice
    from lion_distill.evaluation.standalone import Evaluation, default_folder
    from truing_core.prompts import Prompts

    if questions is None and lm_eval is None:
        raise UsageError("there is nothing to measure it on; give --questions or --lm-eval")
    harness = _harness(lm_eval, lm_eval_tasks, lm_eval_limit)
    budget = cost.budget()  # one over all of them

    def role(spec: str, drawn: SamplingOptions = sampling) -> ModelChoice:
        parsed = model_choice(spec, drawn, loading, cost)
        return replace(
            parsed,
            sampling=seeded(parsed.spec, parsed.sampling, seed),
            price=price_of(parsed.spec, parsed.price),
            budget=budget,
        )

    measured = role(student)
    judging = SamplingOptions(referee_max_tokens, referee_temperature)
    judge = None if referee == "exact" else role(referee, judging)
    evaluation = Evaluation(
        measured,
        EvaluationChoice(questions, role(reference) if reference is not None else None, limit),
        RefereeChoice(
            "exact" if judge is None else "model",
            judge,
            Prompts("lion_distill", override=prompts),
            referee_retries,
        ),
        harness,
        seed,
    )
    folder = run_dir or default_folder(student)
    if dry_run:
        show_plan(evaluation.plan(folder, fresh=fresh), as_json)
        return
    result = evaluation.run(folder, watch=watch, fresh=fresh)
    if as_json:
        emit_json(result)
    else:
        _print(result)
    tell(f"the run is in {folder}{failures(sum(result.get('failed', {}).values()))}")


def _harness(tasks: str | None, folder: Path | None, limit: int | None) -> HarnessChoice | None:
    from lion_distill.evaluation.harness import HarnessChoice

    if tasks is None:
        if folder is not None or limit is not None:
            raise UsageError("--lm-eval-tasks and --lm-eval-limit go with --lm-eval TASK,…")
        return None
    names = words_of("--lm-eval", tasks)
    return HarnessChoice(names, folder, limit)


def _print(result: Mapping[str, Any]) -> None:
    if judged := result.get("open"):
        show_table(_relative(judged))
        typer.echo(_compared(result, judged))
    if tasks := result.get("tasks"):
        show_table(_accuracy(tasks))
        if difference := tasks.get("difference"):
            typer.echo(
                f"student minus reference: {_points(difference['points'], signed=True)} "
                f"({_range(difference['interval'], signed=True)}), p = {difference['p_value']:.3g}"
            )
    if benchmarks := result.get("lm_eval"):
        show_table(_benchmarks(benchmarks))


def _relative(judged: Mapping[str, Any]) -> Any:
    table = table_of("relative score, %", "n", "score", "95 %")
    rows = {"all": judged, **judged["categories"]}
    for name, each in rows.items():
        table.add_row(name, f"{each['n']:,}", _points(each["score"]), _range(each["interval"]))
    return table


def _compared(result: Mapping[str, Any], judged: Mapping[str, Any]) -> str:
    first, second = (_points(score) for score in judged["by_order"])
    lines = [
        f"{result['student']} against {result['reference']}, judged by {result['referee']}",
        f"by order: {first} with the reference first, {second} with the student first; "
        f"{judged['undecided']} undecided",
    ]
    for name, said in (("wins", "in the mean"), ("wins_strict", "in both orders")):
        each = judged[name]
        lines.append(
            f"better {said}: {each['win']}, worse: {each['lose']}, neither: {each['tie']}; "
            f"wins {_points(each['win_rate'])} % ({_range(each['interval'])})"
        )
    return "\n".join(lines)


def _accuracy(tasks: Mapping[str, Any]) -> Any:
    table = table_of("accuracy, %", "who", "n", "accuracy", "95 %", texts=2)
    for who in ("student", "reference"):
        if who not in tasks:
            continue
        for name, each in {"all": tasks[who], **tasks[who]["categories"]}.items():
            table.add_row(
                name, who, f"{each['n']:,}", _points(each["accuracy"]), _range(each["interval"])
            )
    return table


def _benchmarks(found: Mapping[str, Any]) -> Any:
    table = table_of(
        f"lm-eval {found['version']}", "metric", "n", "shots", "value", "± stderr", texts=2
    )
    for name, each in found["tasks"].items():
        for metric, own in each["metrics"].items():
            table.add_row(
                name,
                metric,
                "–" if each["n"] is None else f"{each['n']:,}",
                "–" if each["shots"] is None else str(each["shots"]),
                f"{own['value']:.4f}",
                "–" if own["stderr"] is None else f"{own['stderr']:.4f}",
            )
    return table


def _points(value: float | None, *, signed: bool = False) -> str:
    return "–" if value is None else f"{value:{'+' if signed else ''}.1f}"


def _range(bounds: list[float] | None, *, signed: bool = False) -> str:
    if bounds is None:
        return "–"
    return " to ".join(_points(bound, signed=signed) for bound in bounds)
