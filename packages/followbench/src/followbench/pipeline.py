"""The main flow: generate -> judge -> score -> report.

A run folder holds ``run.json`` and ``journal.sqlite`` (the core's), ``generations.jsonl``,
``judgements.jsonl``, ``scores.json|csv``, ``items.jsonl|parquet`` and ``report.html``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from followbench.__about__ import __version__
from followbench.answers import read_generations, read_judgements
from followbench.choices import DataChoice, JudgeChoice, ModelChoice
from followbench.data import Benchmark
from followbench.results import Result, evaluate
from followbench.scoring import Mode
from followbench.stages import (
    GENERATIONS,
    JUDGEMENTS,
    Watch,
    run_generate,
    run_judge,
    run_report,
    run_score,
)
from truing_core.errors import InputError, ResumeError, UsageError
from truing_core.run import Run


def run_all(
    folder: Path,
    data: DataChoice,
    benchmark: Benchmark,
    model: ModelChoice,
    judging: JudgeChoice | None,
    mode: Mode,
    *,
    seed: int,
    watch: Watch,
    fresh: bool = False,
) -> Result:
    """The whole flow in one run folder; what the folder holds already is not asked again."""
    sections = {"data": data.config(benchmark), "generate": model.config()}
    if judging is not None:
        sections["judge"] = judging.config(benchmark.lang)
    with open_run(folder, benchmark, sections, fresh=fresh) as run:
        generations = run_generate(run, benchmark, model, watch)
        judgements = None
        if judging is not None:
            judgements = run_judge(run, benchmark, generations, judging, watch)
        result = run_score(folder, benchmark, generations, judgements, mode, seed)
        run.stage_done("score", checks=mode, seed=seed)
        run_report(folder, [result])
    return result


def score_files(
    data: DataChoice | None,
    generations: Path | None,
    judgements: Path | None,
    mode: Mode,
    *,
    run_dir: Path | None = None,
    output: Path | None = None,
    seed: int = 0,
) -> tuple[Result, Path | None]:
    """Scores files, by default those of a run folder.

    Returns:
        The result and the folder it was written to, if it was.
    """
    if run_dir is None and generations is None:
        raise UsageError("score needs --generations FILE or --run-dir DIR")
    if run_dir is not None:
        data = data or data_of_run(run_dir)
        generations = generations or run_dir / GENERATIONS
        if judgements is None and (run_dir / JUDGEMENTS).is_file():
            judgements = run_dir / JUDGEMENTS
        output = output or run_dir
    assert generations is not None
    benchmark = (data or DataChoice("mini")).load()
    answers = read_generations(generations, benchmark)
    judged = read_judgements(judgements, benchmark) if judgements is not None else None
    if output is None:
        return evaluate(benchmark, answers, judged, mode, seed=seed), None
    return run_score(output, benchmark, answers, judged, mode, seed), output


def open_run(
    folder: Path, benchmark: Benchmark, sections: Mapping[str, Any], *, fresh: bool = False
) -> Run:
    """Opens a run folder for some sections of its configuration.

    A stage may add its section to a folder (a judge to a run that had none); it may not change
    or drop one.

    Raises:
        InputError: The benchmark's selection is empty.
        ResumeError: The folder was run with another configuration, or is in use.
    """
    if not benchmark.items:
        raise InputError("nothing to do: the data holds no item of the chosen categories")
    run = Run.open(folder, tool="followbench", version=__version__, config=sections, fresh=fresh)
    if "generate" in sections and "judge" not in sections and run.config.get("judge"):
        run.close()
        raise ResumeError(
            f"{folder} was judged by {run.config['judge']['model']}, and this command names no "
            "judge; repeat it with --judge, take another --run-dir, or start over with --fresh"
        )
    return run


def data_of_run(folder: Path) -> DataChoice | None:
    """The data a run folder was made on; ``None`` if it has no manifest."""
    manifest = folder / "run.json"
    if not manifest.is_file():
        return None
    try:
        return DataChoice.from_config(json.loads(manifest.read_text("utf-8"))["config"]["data"])
    except (ValueError, KeyError, TypeError):
        raise InputError("not a run of followbench", path=manifest) from None
