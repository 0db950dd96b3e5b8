"""FollowBench as an Inspect task: ``inspect eval followbench/followbench --model …``.

Needs ``followbench[inspect]``. Inspect does the asking, logging and retrying; checks, judge
templates, verdicts and scores are the same as those of the ``followbench`` command. Name a judge
with ``-T judge=openai/gpt-4o-mini`` (an Inspect model) or with ``--model-role grader=…``. A log
can be scored anew: ``inspect score LOG --scorer followbench/constraints -S checks=released``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageUser,
    GenerateConfig,
    Model,
    get_model,
    model_roles,
)
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, metric, scorer
from inspect_ai.solver import TaskState, generate

from followbench.__about__ import __version__
from followbench.data import CATEGORIES, LEVELS, Item, Key
from followbench.judge import Unread, judge_messages, parse_judgement, reask_messages
from followbench.metrics import by_category, nanmean, point_values
from followbench.results import constraint_name
from followbench.scoring import MODES, ItemScore, Mode, score_item
from followbench.sources import load_benchmark
from truing_core.errors import UsageError
from truing_core.models.base import Message
from truing_core.prompts import Prompts

GRADER = "grader"
_load = cache(load_benchmark)


@task
def followbench(
    data: str = "mini",
    lang: str | None = None,
    categories: str | Sequence[str] | None = None,
    limit: int | None = None,
    judge: str | Model | None = None,
    checks: Mode = "fixed",
    retries: int = 2,
) -> Task:
    """The benchmark as an Inspect task.

    Args:
        data: ``mini``, ``official``, a folder or a file.
        lang: ``en`` or ``zh``.
        categories: Some categories only, separated by commas.
        limit: The first so many groups of each category only.
        judge: The Inspect model that judges; none means the role ``grader`` if that is set,
            else no judge: items are scored on what can be checked without one.
        checks: ``fixed`` or ``released``.
        retries: How often a judge is asked again about a reply that cannot be read.

    Raises:
        UsageError: There is no such category, or ``checks`` is neither.
        InputError: The data cannot be read, or holds nothing that was chosen.
    """
    benchmark = _load(data, lang).select(_names(categories), limit)
    hashes = Prompts("followbench").hashes()
    folder = f"judge/{benchmark.lang}/"
    return Task(
        dataset=MemoryDataset(
            [_sample(item) for item in benchmark.items],
            name=f"followbench-{benchmark.name}-{benchmark.lang}",
        ),
        solver=generate(),
        scorer=constraints(data, lang, judge, checks, retries),
        config=GenerateConfig(temperature=0.0, max_tokens=1024),
        version=__version__,
        metadata={
            "fingerprint": benchmark.fingerprint,
            "checks": checks,
            "judge_templates": {n: h for n, h in hashes.items() if n.startswith(folder)},
        },
    )


@metric(scores="unreduced")
def rates() -> Metric:
    """HSR and SSR by level, their means, and CSL: averages over the categories, percent.

    Each epoch is a run of its own; the values are the mean over the epochs.
    """

    def compute(scores: list[SampleScore]) -> Mapping[str, float]:
        epochs: dict[int, list[tuple[Key, float, float]]] = {}
        for score in scores:
            epoch, cell = _cell(score)
            epochs.setdefault(epoch, []).append(cell)
        runs = [nanmean(_stacked(cells)) for cells in epochs.values()]
        values = nanmean(np.stack(runs)) if runs else np.full(2 * LEVELS + 1, np.nan)
        hsr, ssr, csl = values[:LEVELS], values[LEVELS : 2 * LEVELS], values[-1]
        named = {"hsr": nanmean(hsr), "ssr": nanmean(ssr), "csl": csl}
        for name, rate in (("hsr", hsr), ("ssr", ssr)):
            named |= {f"{name}_l{level}": value for level, value in enumerate(rate, start=1)}
        return {name: float(value) for name, value in named.items()}

    return compute


@scorer(metrics=[rates()])
def constraints(
    data: str = "mini",
    lang: str | None = None,
    judge: str | Model | None = None,
    checks: Mode = "fixed",
    retries: int = 2,
) -> Scorer:
    """Scores an answer by checks, official rules and, where one is named, a judge.

    Args:
        data: The benchmark that was asked, as for the task.
        lang: Its language.
        judge: The Inspect model that judges; none means the role ``grader``, if that is set.
        checks: ``fixed`` or ``released``.
        retries: How often a judge is asked again about a reply that cannot be read.

    Raises:
        UsageError: ``checks`` is neither.
    """
    if checks not in MODES:
        raise UsageError(f"checks is '{checks}'; expected {' or '.join(MODES)}")
    items = {item.id: item for item in _load(data, lang).items}
    prompts = Prompts("followbench")

    async def score(state: TaskState, target: Target) -> Score:
        item = items[str(state.sample_id)]
        answer = state.output.completion
        model = _judge_model(judge)
        judgement = None
        if item.judged and model is not None:
            judgement = await _ask(model, item, answer, prompts, retries)
        scored = score_item(item, answer, judgement, checks, judged=model is not None)
        facts = {"epoch": state.epoch, "judgement": judgement, "judge": str(model) if model else ""}
        return _as_inspect(scored, answer, facts)

    return score


def _names(categories: str | Sequence[str] | None) -> list[str] | None:
    """The chosen categories; Inspect's command line makes a list of ``a,b`` by itself."""
    if categories is None:
        return None
    parts = categories.split(",") if isinstance(categories, str) else categories
    names = [part.strip() for part in parts]
    for name in names:
        if name not in CATEGORIES:
            raise UsageError(f"there is no category '{name}'; the six are {', '.join(CATEGORIES)}")
    return names


def _sample(item: Item) -> Sample:
    metadata = {"category": item.category, "example_id": item.example_id, "level": item.level}
    return Sample(id=item.id, input=item.instruction, metadata=metadata)


def _judge_model(judge: str | Model | None) -> Model | None:
    if judge is not None:
        return get_model(judge)
    # For a role that is not set, get_model would answer with the model under test.
    return get_model(role=GRADER) if GRADER in model_roles() else None


async def _ask(model: Model, item: Item, answer: str, prompts: Prompts, retries: int) -> str:
    messages = judge_messages(item, answer, prompts)
    config = GenerateConfig(temperature=0.0, max_tokens=1024)
    for attempt in range(retries + 1):
        output = await model.generate(_chat(messages), config=config)
        read = parse_judgement(output.completion, item.judged, "fixed")
        if not isinstance(read, Unread) or attempt == retries:
            break
        messages = reask_messages(messages, output.completion, read.reason, item.lang)
    return output.completion


def _chat(messages: tuple[Message, ...]) -> list[ChatMessage]:
    kinds = {"user": ChatMessageUser, "assistant": ChatMessageAssistant}
    return [kinds[message["role"]](content=message["content"]) for message in messages]


def _as_inspect(scored: ItemScore, answer: str, facts: Mapping[str, Any]) -> Score:
    lines = [
        f"- {'?' if verdict.ok is None else '✓' if verdict.ok else '✗'} "
        f"{constraint_name(constraint, step)}: {verdict.message or 'not decided'}"
        for step, constraint, verdict in zip(
            scored.item.steps, scored.item.constraints, scored.verdicts, strict=False
        )
    ]
    if scored.reason:
        lines.append(f"The judgement cannot be read: {scored.reason}.")
    explanation = "\n".join(lines)
    metadata = {"key": list(scored.item.key), "status": scored.status, **facts}
    if scored.hard is None or scored.soft is None:
        return Score.unscored(answer=answer, explanation=explanation, metadata=metadata)
    value = {"hard": scored.hard, "soft": scored.soft}
    return Score(value=value, answer=answer, explanation=explanation, metadata=metadata)


def _cell(score: SampleScore) -> tuple[int, tuple[Key, float, float]]:
    """A sample's epoch, and its row for :func:`by_category`."""
    metadata, value = score.score.metadata or {}, score.score.as_dict()
    category, example_id, level = metadata["key"]
    hard, soft = value["hard"], value["soft"]
    return metadata["epoch"], ((category, example_id, level), float(hard or 0), float(soft or 0))


def _stacked(cells: list[tuple[Key, float, float]]) -> Any:
    return np.stack([point_values(table) for table in by_category(cells)])
