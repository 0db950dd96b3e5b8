"""``bmc-dpo eval`` and ``compare``: their options, and the tables they print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from truing_core.asking import failures, show_plan, watch
from truing_core.cli import (
    CostOptions,
    DryRun,
    Fresh,
    JsonOut,
    Limit,
    LoadingOptions,
    Model,
    PromptsDir,
    RunDir,
    SamplingOptions,
    Seed,
    auto_or_one_of,
    emit_json,
    grouped,
    model_choice,
    one_of,
    show_table,
    table_of,
    tell,
)
from truing_core.errors import UsageError

Data = Annotated[
    list[str],
    typer.Argument(metavar="DATA...", help="Files of questions with answers, or of prompts."),
]
Task = Annotated[
    str, typer.Option("--task", metavar="NAME", help="qa, math, open, or auto: each row decides.")
]
ExtractionMode = Annotated[
    str,
    typer.Option(
        "--extraction",
        metavar="fixed|released",
        help="Read answers as a person would, or match exactly as the authors' code does.",
    ),
]
PromptFormat = Annotated[
    str,
    typer.Option(
        "--prompt-format",
        metavar="chat|alpaca",
        help="The model's chat template, or Instruction/Response headings inside it.",
    ),
]
FewShot = Annotated[
    int, typer.Option("--few-shot", metavar="N", min=0, help="Worked examples before a question.")
]
Examples = Annotated[
    Path | None,
    typer.Option("--examples", metavar="FILE", help="Draw them from here, as train.jsonl."),
]
ExportForm = Annotated[
    str | None,
    typer.Option(
        "--export",
        metavar="alpaca-eval|arena-hard",
        help="Also write the replies as this tool reads them, to --output.",
    ),
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where --export goes.")
]


@grouped
def eval_command(
    data: Data,
    model: Model,
    *,
    task: Task = "auto",
    extraction: ExtractionMode = "fixed",
    prompt_format: PromptFormat = "chat",
    few_shot: FewShot = 0,
    examples: Examples = None,
    prompts: PromptsDir = None,
    limit: Limit = None,
    export: ExportForm = None,
    output: Output = None,
    run_dir: RunDir = None,
    fresh: Fresh = False,
    seed: Seed = 0,
    dry_run: DryRun = False,
    as_json: JsonOut = False,
    sampling: SamplingOptions,
    loading: LoadingOptions,
    cost: CostOptions,
) -> None:
    """Accuracy on questions with known answers; resumes where it stopped."""
    from bmc_dpo.evaluation.exports import check_ids, check_name, write_export
    from bmc_dpo.evaluation.extraction import EXTRACTIONS
    from bmc_dpo.evaluation.items import KINDS, read_items
    from bmc_dpo.evaluation.pipeline import EvalChoice, default_folder, evaluate, plan
    from truing_core.prompts import Prompts

    kind = auto_or_one_of("--task", task, KINDS)
    mode = one_of("--extraction", extraction, EXTRACTIONS)
    form = one_of("--prompt-format", prompt_format, ("chat", "alpaca"))
    if (few_shot > 0) != (examples is not None):
        raise UsageError("--few-shot N and --examples FILE go together")
    if (export is None) != (output is None):
        raise UsageError("--export FORM and --output FILE go together")
    if export is not None and output is not None:
        check_name(export, output)
    items = read_items(data, kind, limit)
    if export is not None:
        check_ids(export, (item.id for item in items))
    choice = EvalChoice(
        model_choice(model, sampling, loading, cost),
        Prompts("bmc_dpo", override=prompts),
        form,
        read_items([examples], kind) if examples is not None else (),
        few_shot,
        seed,
    )
    folder = run_dir or default_folder(model, data)
    if dry_run:
        show_plan({"eval": plan(folder, items, choice, fresh=fresh)}, as_json)
        return
    scores, rows = evaluate(folder, items, choice, mode, watch=watch, fresh=fresh)
    if export is not None and output is not None:
        tell(f"{write_export(export, output, rows, choice.model.spec)} replies in {output}")
    if as_json:
        emit_json(scores)
    else:
        _print_scores(scores)
    failed = sum(each["failed"] for each in scores["tasks"].values())
    tell(f"the run is in {folder}{failures(failed)}")


def compare_command(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN RUN...", help="Run folders; the first is the base.")
    ],
    as_json: JsonOut = False,
) -> None:
    """Do runs differ on the same questions? McNemar's exact test against the first."""
    from bmc_dpo.evaluation.results import compare

    if len(runs) < 2:
        raise UsageError("compare needs two run folders or more")
    results = [compare(runs[0], other) for other in runs[1:]]
    if as_json:
        emit_json(results)
        return
    table = table_of("runs", "shared", "first", "second", "difference", "95 %", "p")
    for each in results:
        low, high = each["interval"]
        table.add_row(
            " → ".join(Path(run).name for run in each["runs"]),
            f"{each['shared']:,}",
            *(f"{value:.1f}" for value in each["accuracy"]),
            f"{each['difference']:+.1f}",
            f"{low:+.1f} to {high:+.1f}",
            f"{each['p_value']:.3g}",
        )
    show_table(table)
    for each in results:
        if any(each["left_out"]):
            first, second = (
                f"{count:,} of '{run}'"
                for count, run in zip(each["left_out"], each["runs"], strict=True)
            )
            tell(f"left out, since only one of the two answered them: {first}, {second}")


def _print_scores(scores: dict[str, Any]) -> None:
    table = table_of("task", "n", "accuracy", "95 %", "no answer", "truncated", "failed")
    for name, each in scores["tasks"].items():
        interval = each["interval"]
        table.add_row(
            name,
            f"{each['n']:,}",
            "–" if each["accuracy"] is None else f"{each['accuracy']:.1f}",
            f"{interval[0]:.1f} to {interval[1]:.1f}" if interval else "–",
            *(f"{each[column]:,}" for column in ("no_answer", "truncated", "failed")),
        )
    if scores["average"] is not None and len(scores["tasks"]) > 1:
        table.add_section()
        table.add_row("average", "", f"{scores['average']:.1f}")
    show_table(table)
    typer.echo(f"{scores['model']}, {scores['few_shot']}-shot, extraction: {scores['extraction']}")
