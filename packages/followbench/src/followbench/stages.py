"""The stages of a run, each from the run folder's files to the run folder's files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from followbench.answers import Answers, read_generations, read_judgements
from followbench.choices import JudgeChoice
from followbench.data import Benchmark, Key
from followbench.generation import generate
from followbench.judging import count_unread, judge
from followbench.results import Result, evaluate, save
from followbench.scoring import Mode
from truing_core.errors import ModelError, TruingError
from truing_core.records import read_rows, write_rows, write_text
from truing_core.roles import ModelChoice, Watch, loaded
from truing_core.run import Run
from truing_core.terminal import tell

GENERATIONS, JUDGEMENTS, REPORT = "generations.jsonl", "judgements.jsonl", "report.html"


def run_generate(run: Run, benchmark: Benchmark, choice: ModelChoice, watch: Watch) -> Answers:
    """Asks the model for what is not answered yet and writes generations.jsonl."""
    path = run.path(GENERATIONS)
    with loaded(choice, run) as model, watch("generate", len(benchmark.items)) as on_reply:
        facts = {"model": choice.spec}
        rows = generate(benchmark, model, choice.sampling, facts, on_reply=on_reply)
        _write_as_they_come(path, rows, benchmark)
    answers = read_generations(path, benchmark)
    run.stage_done("generate", answered=len(answers.texts), failed=answers.failed)
    return answers


def run_judge(
    run: Run, benchmark: Benchmark, generations: Answers, choice: JudgeChoice, watch: Watch
) -> Answers:
    """Asks the judge about each answer that wants one and writes judgements.jsonl."""
    path = run.path(JUDGEMENTS)
    wanting = sum(item.judged > 0 and item.key in generations.texts for item in benchmark.items)
    if not wanting:
        return Answers(author=choice.model.spec)
    with loaded(choice.model, run) as model, watch("judge", wanting) as on_reply:
        rows = judge(
            benchmark,
            generations.texts,
            model,
            choice.prompts,
            choice.model.sampling,
            {"judge": choice.model.spec},
            retries=choice.retries,
            on_reply=on_reply,
            on_reask=_say_asked_again,
        )
        _write_as_they_come(path, rows, benchmark)
    answers = read_judgements(path, benchmark)
    run.stage_done(
        "judge",
        judged=len(answers.texts),
        unparsed=count_unread(benchmark, answers.texts),
        failed=answers.failed,
    )
    return answers


def run_score(
    folder: Path,
    benchmark: Benchmark,
    generations: Answers,
    judgements: Answers | None,
    mode: Mode,
    seed: int,
) -> Result:
    """Scores the answers and writes the score files into the folder."""
    result = evaluate(benchmark, generations, judgements, mode, seed=seed)
    save(result, folder)
    return result


def run_report(folder: Path, results: list[Result]) -> Path:
    """Writes report.html for one or more results."""
    from followbench.report import render

    path = folder / REPORT
    write_text(path, render(results))
    return path


def _say_asked_again(count: int) -> None:
    tell(f"judge: {count:,} of its replies cannot be read; asking again, with the reason")


def _write_as_they_come(path: Path, rows: Iterable[dict[str, Any]], benchmark: Benchmark) -> None:
    """Writes the rows in the benchmark's order, also when the stage breaks off half-way.

    It then keeps the earlier rows of items that it did not come to.
    """
    seen: dict[Key, dict[str, Any]] = {}
    try:
        for row in rows:
            seen[_key(row)] = row
    except BaseException:
        with suppress(TruingError, KeyError):  # what broke the stage off is what the user must hear
            if seen:
                _write(path, {**_earlier(path), **seen}, benchmark)
        raise
    _write(path, seen, benchmark)
    failed = [row for row in seen.values() if row["error"]]
    if failed and len(failed) == len(seen):
        raise ModelError(f"all {len(failed)} requests failed; the first said: {failed[0]['error']}")


def _write(path: Path, rows: Mapping[Key, dict[str, Any]], benchmark: Benchmark) -> None:
    write_rows(path, (rows[item.key] for item in benchmark.items if item.key in rows))


def _earlier(path: Path) -> dict[Key, dict[str, Any]]:
    if not path.exists():
        return {}
    return {_key(row): row for _, row in read_rows(path)}


def _key(row: Mapping[str, Any]) -> Key:
    return (row["category"], row["example_id"], row["level"])
