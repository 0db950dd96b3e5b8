"""The main flow: generate -> judge -> score -> report, each a step from files to files.

A run folder holds ``run.json`` and ``journal.sqlite`` (the core's), ``generations.jsonl``,
``judgements.jsonl``, ``scores.json|csv``, ``items.jsonl|parquet`` and ``report.html``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from followbench.__about__ import __version__
from followbench.answers import Answers, read_generations, read_judgements
from followbench.data import Benchmark, Key
from followbench.generation import generate
from followbench.judge import judge
from followbench.results import Result, evaluate, save
from followbench.scoring import Mode
from truing_core.errors import InputError, ModelError, ResumeError
from truing_core.models import ChatModel, ChatReply, LoadOptions, Sampling
from truing_core.prompts import Prompts
from truing_core.records import write_rows, write_text
from truing_core.run import Run

GENERATIONS, JUDGEMENTS, REPORT = "generations.jsonl", "judgements.jsonl", "report.html"


@dataclass(frozen=True)
class DataChoice:
    """Which part of which benchmark."""

    data: str
    lang: str | None = None
    categories: tuple[str, ...] | None = None
    limit: int | None = None

    def load(self) -> Benchmark:
        """Reads the benchmark and selects from it."""
        from followbench.sources import load_benchmark

        return load_benchmark(self.data, self.lang).select(self.categories, self.limit)

    def config(self, benchmark: Benchmark) -> dict[str, Any]:
        """What of it changes results."""
        return {
            "name": benchmark.name,
            "lang": benchmark.lang,
            "fingerprint": benchmark.fingerprint,
            "categories": list(self.categories) if self.categories else None,
            "limit": self.limit,
        }


@dataclass(frozen=True)
class ModelChoice:
    """A model in a role, and how it is asked.

    Attributes:
        spec: The model spec.
        sampling: How replies are drawn.
        options: How the model is run; changes no result.
        limits: ``max_requests``, ``max_cost`` and ``price`` for the core's budget.
    """

    spec: str
    sampling: Sampling
    options: LoadOptions = field(default_factory=LoadOptions)
    limits: Mapping[str, Any] = field(default_factory=dict)

    def config(self) -> dict[str, Any]:
        """What of it changes results."""
        return {
            "model": self.spec,
            "temperature": self.sampling.temperature,
            "top_p": self.sampling.top_p,
            "max_tokens": self.sampling.max_tokens,
        }


@dataclass(frozen=True)
class JudgeChoice:
    """The judge, its templates, and how often it is asked again about an unreadable reply."""

    model: ModelChoice
    prompts: Prompts
    reasks: int = 2

    def config(self, lang: str) -> dict[str, Any]:
        """What of it changes results."""
        return {
            **self.model.config(),
            "reasks": self.reasks,
            "templates": judge_templates(self.prompts, lang),
        }


def judge_templates(prompts: Prompts, lang: str) -> dict[str, str]:
    """The hashes of a language's judge templates, by name."""
    return {
        name: digest for name, digest in prompts.hashes().items() if name.startswith(f"judge/{lang}/")
    }


Watch = Callable[[str, int], "contextmanager[Callable[[ChatReply], None]]"]


def open_run(folder: Path, sections: Mapping[str, Any], *, fresh: bool = False) -> Run:
    """Opens a run folder for the given sections of its configuration."""
    return Run.open(folder, tool="followbench", version=__version__, config=sections, fresh=fresh)


def run_generate(
    run: Run, benchmark: Benchmark, choice: ModelChoice, watch: Watch
) -> Answers:
    """Asks the model for what is not answered yet and writes generations.jsonl."""
    with loaded(choice, run) as model, watch("generate", len(benchmark.items)) as on_reply:
        rows = generate(
            benchmark, model, choice.sampling, {"model": choice.spec}, on_reply=on_reply
        )
        _write_as_they_come(run.path(GENERATIONS), rows, benchmark)
    answers = read_generations(run.path(GENERATIONS), benchmark)
    run.stage_done("generate", answered=len(answers.texts), failed=answers.failed)
    return answers


def run_judge(
    run: Run, benchmark: Benchmark, generations: Answers, choice: JudgeChoice, watch: Watch
) -> Answers:
    """Asks the judge about each answer that wants one and writes judgements.jsonl."""
    wanting = sum(
        item.judged > 0 and item.key in generations.texts for item in benchmark.items
    )
    facts = {"judge": choice.model.spec}
    with loaded(choice.model, run) as model, watch("judge", wanting) as on_reply:
        rows = judge(
            benchmark,
            generations.texts,
            model,
            choice.prompts,
            choice.model.sampling,
            facts,
            reasks=choice.reasks,
            on_reply=on_reply,
        )
        _write_as_they_come(run.path(JUDGEMENTS), rows, benchmark)
    answers = read_judgements(run.path(JUDGEMENTS), benchmark)
    run.stage_done("judge", judged=len(answers.texts), failed=answers.failed)
    return answers


def run_score(
    folder: Path,
    benchmark: Benchmark,
    generations: Answers,
    judgements: Answers | None,
    mode: Mode,
    *,
    seed: int,
    facts: Mapping[str, Any],
) -> Result:
    """Scores the answers and writes the score files into the folder."""
    result = evaluate(benchmark, generations, judgements, mode, seed=seed, facts=facts)
    save(result, folder)
    return result


def run_report(folder: Path, results: list[Result]) -> Path:
    """Writes report.html for one or more results."""
    from followbench.report import render

    path = folder / REPORT
    write_text(path, render(results))
    return path


@contextmanager
def loaded(choice: ModelChoice, run: Run) -> Iterator[ChatModel]:
    """The model behind its budget and the run's journal, closed at the end."""
    from truing_core.budget import BudgetedModel
    from truing_core.journal import JournaledModel
    from truing_core.models import load_model

    model = load_model(choice.spec, choice.options)
    try:
        yield JournaledModel(BudgetedModel(model, **choice.limits), run.journal)
    finally:
        model.close()


def refuse_dropped_judge(run: Run) -> None:
    """A judged run folder cannot be continued as one without a judge.

    Raises:
        ResumeError: The folder's configuration names a judge.
    """
    if run.config.get("judge"):
        raise ResumeError(
            f"{run.folder} was run with the judge {run.config['judge']['model']}, and this command "
            "names none; repeat it with --judge, take another --run-dir, or start over with --fresh"
        )


def _write_as_they_come(
    path: Path, rows: Iterable[dict[str, Any]], benchmark: Benchmark
) -> None:
    """Writes the rows in the benchmark's order, also when the stage breaks off half-way."""
    order = {item.key: number for number, item in enumerate(benchmark.items)}
    seen: dict[Key, dict[str, Any]] = {}
    try:
        for row in rows:
            seen[(row["category"], row["example_id"], row["level"])] = row
    finally:
        if seen:
            write_rows(path, (seen[key] for key in sorted(seen, key=order.__getitem__)))
    failed = [row for row in seen.values() if row["error"]]
    if failed and len(failed) == len(seen):
        raise ModelError(f"all {len(failed)} requests failed; the first said: {failed[0]['error']}")
    if not seen and benchmark.items:
        write_rows(path, [])


def require_items(benchmark: Benchmark) -> None:
    """Refuses an empty selection.

    Raises:
        InputError: No item is left.
    """
    if not benchmark.items:
        raise InputError("nothing to do: no item of the data has the chosen categories")
