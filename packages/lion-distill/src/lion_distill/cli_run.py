"""``lion-distill run`` and the commands of single stages."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lion_distill.cli_choices import Options
from lion_distill.cli_options import (
    DrawingOptions,
    EvaluationOptions,
    GenerationOptions,
    LoopOptions,
    RoleOptions,
    Seeds,
    StopOptions,
    TrainingOptions,
)
from truing_core.cli import (
    CostOptions,
    DryRun,
    Fresh,
    JsonOut,
    Limit,
    RunDir,
    RunningOptions,
    Seed,
    emit_json,
    grouped,
    tell,
)

if TYPE_CHECKING:
    from lion_distill.choices import LionChoice

Number = Annotated[
    int,
    typer.Option("--iteration", metavar="K", min=0, help="Which iteration; 0 is the first."),
]


@grouped
def run_command(
    seeds: Seeds,
    roles: RoleOptions,
    *,
    loop: LoopOptions,
    generation: GenerationOptions,
    training: TrainingOptions,
    stop: StopOptions,
    evaluation: EvaluationOptions,
    drawing: DrawingOptions,
    running: RunningOptions,
    run_dir: RunDir = None,
    fresh: Fresh = False,
    seed: Seed = 0,
    limit: Limit = None,
    dry_run: DryRun = False,
    as_json: JsonOut = False,
    cost: CostOptions,
) -> None:
    """Run the whole loop: a trained student out of seeds; resumes where it stopped."""
    choice = Options(
        roles, loop, drawing, generation, training, stop, evaluation, running, cost, seed
    ).choice()
    from lion_distill.seeds import read_seeds

    rows = read_seeds(*seeds, limit=limit)
    folder = run_dir or default_folder(seeds, choice)
    if dry_run:
        _show_plan(folder, rows, choice, as_json, fresh=fresh)
        return
    from lion_distill.loop import distil
    from lion_distill.reporting.pipeline import report
    from lion_distill.watching import watched

    result = distil(folder, rows, choice, watch=watched(folder), fresh=fresh)
    result["report"] = str(report(folder, price=cost.token_price()))
    if as_json:
        emit_json(result)
    tell(f"the student is in {result['student']}; the page is in {result['report']}")


def stage_command(name: str, about: str) -> Callable[..., None]:
    """The command of one stage; it takes the options of ``run``.

    Args:
        name: The stage.
        about: Its help.
    """

    @grouped
    def command(
        seeds: Seeds,
        roles: RoleOptions,
        *,
        iteration: Number = 0,
        loop: LoopOptions,
        generation: GenerationOptions,
        training: TrainingOptions,
        drawing: DrawingOptions,
        running: RunningOptions,
        run_dir: RunDir = None,
        seed: Seed = 0,
        limit: Limit = None,
        as_json: JsonOut = False,
        cost: CostOptions,
    ) -> None:
        choice = Options(
            roles, loop, drawing, generation, training, StopOptions(), EvaluationOptions(),
            running, cost, seed,
        ).choice()  # fmt: skip
        from lion_distill.opening import opened
        from lion_distill.seeds import read_seeds
        from lion_distill.stages import Stages
        from lion_distill.watching import watched
        from lion_distill.workspace import Iteration

        rows = read_seeds(*seeds, limit=limit)
        folder = run_dir or default_folder(seeds, choice)
        with opened(folder, rows, choice) as run:
            at = Iteration(run.folder, iteration)
            before = run.stage(at.stage(name))
            facts = Stages(run, at, choice, watched(folder)).do(name)
        if before is not None:
            tell(f"{name} of iteration {iteration} was done before")
        if as_json:
            emit_json(facts)
            return
        for key, value in facts.items():
            if isinstance(value, int | float | str) and key != "done":
                shown = f"{value:,}" if isinstance(value, int) else str(value)
                typer.echo(f"{key.replace('_', ' ')}: {shown}")

    command.__doc__ = about
    return command


def default_folder(seeds: Sequence[str], choice: LionChoice) -> Path:
    """Where a run goes that names no folder: ``runs/lion-SEEDS-STUDENT``."""
    names = "-".join(Path(source).name or source for source in seeds)
    student = Path(choice.student.base).name
    slug = re.sub(r"[^\w.]+", "-", f"lion-{names}-{student}").strip("-.")
    return Path("runs") / slug


def _show_plan(folder: Path, rows: Any, choice: LionChoice, as_json: bool, *, fresh: bool) -> None:
    from lion_distill.planning import plan
    from truing_core.asking import show_plan

    show_plan(plan(folder, rows, choice, fresh=fresh), as_json)
    if not as_json:
        tell(
            "new instructions are taken to be as long as the seeds, answers half as long as they "
            "may be; what is asked again, and the student's own work, come on top"
        )
