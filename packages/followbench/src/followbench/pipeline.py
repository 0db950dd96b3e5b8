"""The main flow: generate -> judge -> score -> report.

A run folder holds ``run.json`` and ``journal.sqlite`` (the core's), ``generations.jsonl``,
``judgements.jsonl``, ``scores.json|csv``, ``items.jsonl|parquet`` and ``report.html``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from followbench.__about__ import __version__
from followbench.answers import Answers, read_generations, read_judgements
from followbench.choices import DataChoice, JudgeChoice
from followbench.data import Benchmark
from followbench.results import Result, evaluate
from followbench.scoring import Mode
from followbench.stages import (
    GENERATIONS,
    JUDGEMENTS,
    run_generate,
    run_judge,
    run_report,
    run_score,
)
from truing_core.errors import InputError, ResumeError, UsageError
from truing_core.records import read_rows, write_rows
from truing_core.roles import ModelChoice, Watch
from truing_core.run import MANIFEST, Run


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
    sections = {"generate": model.config()}
    if judging is not None:
        sections["judge"] = judging.config(benchmark.lang)
    with open_run(folder, data, benchmark, sections, fresh=fresh) as run:
        if judging is None and "judge" in run.config:
            raise ResumeError(
                f"'{folder}' was judged by {run.config['judge']['model']}, and this command names "
                "no judge; repeat it with --judge, take another --run-dir, or start over with "
                "--fresh"
            )
        generations = run_generate(run, benchmark, model, watch)
        judgements = None
        if judging is not None:
            judgements = run_judge(run, benchmark, generations, judging, watch)
        result = run_score(folder, benchmark, generations, judgements, mode, seed)
        run.stage_done("score", checks=mode, seed=seed)
        run_report(folder, [result])
    return result


def score_files(
    data: DataChoice,
    generations: Path | None,
    judgements: Path | None,
    mode: Mode,
    *,
    run_dir: Path | None = None,
    output: Path | None = None,
    seed: int = 0,
) -> tuple[Result, Path | None]:
    """Scores files, by default those of a run folder.

    The folder's judgements are of its own answers, and its scores too: for others it says
    only what the data are.

    Returns:
        The result and the folder it was written to, if it was.
    """
    benchmark = data.load()
    answers = answers_to(benchmark, generations, run_dir)
    if run_dir is not None and (generations is None or _holds(run_dir, answers, benchmark)):
        if judgements is None and (run_dir / JUDGEMENTS).is_file():
            judgements = run_dir / JUDGEMENTS
        output = output or run_dir
    judged = read_judgements(judgements, benchmark) if judgements is not None else None
    if output is None:
        return evaluate(benchmark, answers, judged, mode, seed=seed), None
    return run_score(output, benchmark, answers, judged, mode, seed), output


def judge_run(
    folder: Path,
    data: DataChoice,
    benchmark: Benchmark,
    answers: Answers,
    generations: Path | None,
    judging: JudgeChoice,
    *,
    watch: Watch,
    fresh: bool = False,
) -> Answers:
    """Judges the answers of a run folder, or those of a file, which then become the folder's.

    Raises:
        UsageError: The folder holds other answers than the file; it is as it was.
    """
    sections = {"judge": judging.config(benchmark.lang)}
    if generations is None and fresh:
        generations = folder / GENERATIONS
    # Read before a fresh start moves the folder, and the answers in it, aside.
    rows = [] if generations is None else [row for _, row in read_rows(generations)]
    if generations is not None and not fresh:
        _refuse_others(folder, benchmark, answers, generations)
    with open_run(folder, data, benchmark, sections, fresh=fresh) as run:
        if generations is not None:
            adopt_answers(run, generations, rows)
        return run_judge(run, benchmark, answers, judging, watch)


def adopt_answers(run: Run, source: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Copies a file's rows of answers into a run folder, so that what was judged is scored."""
    own = run.path(GENERATIONS)
    if own.exists() and os.path.samefile(own, source):
        return
    write_rows(own, rows)
    run.note(answers=str(source.resolve()))


def answers_to(benchmark: Benchmark, generations: Path | None, run_dir: Path | None) -> Answers:
    """The answers in a file, by default a run folder's.

    Raises:
        UsageError: Neither is given.
        InputError: There is no such file, it is malformed, or it answers other data.
    """
    if generations is None and run_dir is None:
        raise UsageError("name the answers: --generations FILE, or --run-dir DIR of a run")
    if generations is None:
        assert run_dir is not None
        generations = run_dir / GENERATIONS
        if not generations.exists():
            raise InputError(
                "the run has no answers yet; 'followbench run' or 'generate' with this --run-dir "
                "makes them, or name others with --generations FILE",
                path=generations,
            )
    answers = read_generations(generations, benchmark)
    if answers.strangers and not answers.texts and not answers.failed:
        raise InputError(
            f"none of the {answers.strangers:,} rows answers an item of {benchmark.name} "
            f"({benchmark.lang}) as chosen; are --data, --lang and --categories right?",
            path=generations,
        )
    return answers


def open_run(
    folder: Path,
    data: DataChoice,
    benchmark: Benchmark,
    sections: Mapping[str, Any],
    *,
    fresh: bool = False,
) -> Run:
    """Opens a run folder for some sections of its configuration.

    A stage may add its section to a folder (a judge to a run that had none); it may not change
    one.

    Raises:
        InputError: The benchmark's selection is empty.
        ResumeError: The folder was run with another configuration, or is in use.
        UsageError: A model is to answer, and the folder holds answers from elsewhere.
    """
    if not benchmark.items:
        raise InputError("nothing to do: the data holds no item of the chosen categories")
    if "generate" in sections:
        _refuse_adopted(folder, fresh)
    run = Run.open(
        folder,
        tool="followbench",
        version=__version__,
        config={"data": data.config(benchmark), **sections},
        fresh=fresh,
        extend=True,
    )
    run.note(data=data.place)
    return run


def _holds(folder: Path, answers: Answers, benchmark: Benchmark) -> bool:
    """Whether these are a run folder's own answers, or it has none."""
    own = folder / GENERATIONS
    return not own.is_file() or read_generations(own, benchmark).texts == answers.texts


def _refuse_others(folder: Path, benchmark: Benchmark, answers: Answers, source: Path) -> None:
    """Keeps the answers in a folder, and all that its own model said, from being replaced."""
    own = folder / GENERATIONS
    if not own.exists() or os.path.samefile(own, source):
        return
    held = read_generations(own, benchmark).texts
    if _was_generated(folder) or any(answers.texts.get(key) != held[key] for key in held):
        raise UsageError(
            f"'{folder}' holds other answers than '{source}'; judge those in another --run-dir"
        )


def _was_generated(folder: Path) -> bool:
    try:
        return "generate" in json.loads((folder / MANIFEST).read_bytes())["config"]
    except (OSError, ValueError, KeyError, TypeError):
        return False  # no manifest, or a damaged one, which is refused when the run is opened


def _refuse_adopted(folder: Path, fresh: bool) -> None:
    """Keeps a model's answers from replacing those that a judge has seen, or somebody's file."""
    own, manifest = folder / GENERATIONS, folder / MANIFEST
    if not own.exists() or (fresh and manifest.exists()):  # it is moved aside as a whole
        return
    source = None
    if manifest.exists():
        try:
            run = json.loads(manifest.read_text("utf-8"))
            generated, source = "generate" in run["config"], run["facts"].get("answers")
        except (ValueError, KeyError, TypeError, AttributeError):
            return  # a damaged manifest is refused when the run is opened
        if generated and source is None:
            return
    came = f", from '{source}'" if source else ""
    raise UsageError(
        f"'{folder}' holds answers that no run made{came}; let the model answer in another "
        "--run-dir"
    )


def data_of_run(folder: Path) -> DataChoice | None:
    """The data a run folder was made on; ``None`` if it has no manifest."""
    manifest = folder / MANIFEST
    if not manifest.is_file():
        return None
    try:
        run = json.loads(manifest.read_text("utf-8"))
        data = run["config"]["data"]
        return DataChoice.from_config(data, run["facts"].get("data", data["name"]))
    except (ValueError, KeyError, TypeError):
        raise InputError("not a run of followbench", path=manifest) from None
