"""FollowBench as an Inspect task: ``inspect eval followbench/followbench --model …``.

Needs ``followbench[inspect]``. Inspect does the asking, logging and retrying; checks, judge
templates, verdicts and scores are the same as those of the ``followbench`` command. Name a judge
with ``-T judge=openai/gpt-4o-mini`` (an Inspect model) or with ``--model-role grader=…``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageUser,
    GenerateConfig,
    Model,
    get_model,
)
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, metric, scorer
from inspect_ai.solver import TaskState, generate

from followbench.data import Benchmark, Item, Key
from followbench.judge import Unread, judge_messages, parse_judgement, reask_messages
from followbench.metrics import by_category, summarize
from followbench.scoring import ItemScore, Mode, score_item
from followbench.sources import load_benchmark
from followbench.tables import mean
from truing_core.errors import UsageError
from truing_core.models.base import Message
from truing_core.prompts import Prompts

GRADER = "grader"


@task
def followbench(
    data: str = "mini",
    lang: str | None = None,
    categories: str | None = None,
    limit: int | None = None,
    judge: str | None = None,
    checks: Mode = "fixed",
    reasks: int = 2,
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
        reasks: How often a judge is asked again about a reply that cannot be read.

    Raises:
        UsageError: ``checks`` is neither.
    """
    if checks not in ("fixed", "released"):
        raise UsageError(f"checks is '{checks}'; expected fixed or released")
    chosen = [name.strip() for name in categories.split(",")] if categories else None
    benchmark = load_benchmark(data, lang).select(chosen, limit)
    return Task(
        dataset=MemoryDataset(
            [Sample(id=item.id, input=item.instruction) for item in benchmark.items],
            name=f"followbench-{benchmark.name}-{benchmark.lang}",
        ),
        solver=generate(),
        scorer=constraints(benchmark, judge, checks, reasks),
        config=GenerateConfig(temperature=0.0, max_tokens=1024),
        metadata={"fingerprint": benchmark.fingerprint, "checks": checks},
    )


@metric
def rates() -> Metric:
    """HSR and SSR by level, their means, and CSL: averages over the categories, percent."""

    def compute(scores: list[SampleScore]) -> Mapping[str, float]:
        cells = [_cell(score) for score in scores]
        average = summarize(by_category(cells), resamples=1)["average"]
        values = {
            f"{name}_l{level}": average[name][level - 1]
            for name in ("hsr", "ssr")
            for level in range(1, 6)
        }
        values |= {"hsr": mean(average["hsr"]), "ssr": mean(average["ssr"]), "csl": average["csl"]}
        return {name: value for name, value in values.items() if value is not None}

    return compute


@scorer(metrics=[rates()])
def constraints(benchmark: Benchmark, judge: str | None, checks: Mode, reasks: int) -> Scorer:
    """Scores an answer by checks, official rules and, where one is named, a judge."""
    items = {item.id: item for item in benchmark.items}
    prompts = Prompts("followbench")

    async def score(state: TaskState, target: Target) -> Score:
        item = items[str(state.sample_id)]
        answer = state.output.completion
        model = _judge_model(judge)
        judgement = None
        if item.judged and model is not None:
            judgement = await _ask(model, item, answer, prompts, reasks)
        scored = score_item(item, answer, judgement, checks, judged=model is not None)
        return _as_inspect(scored, answer, judgement)

    return score


def _judge_model(judge: str | None) -> Model | None:
    if judge is not None:
        return get_model(judge)
    # Without a default, Inspect would answer with the model under test.
    missing = get_model("none/none")
    model = get_model(role=GRADER, default=missing)
    return None if model is missing else model


async def _ask(model: Model, item: Item, answer: str, prompts: Prompts, reasks: int) -> str:
    messages = judge_messages(item, answer, prompts)
    for attempt in range(reasks + 1):
        output = await model.generate(_chat(messages), config=GenerateConfig(temperature=0.0))
        read = parse_judgement(output.completion, item.judged, "fixed")
        if not isinstance(read, Unread) or attempt == reasks:
            break
        messages = reask_messages(messages, output.completion, read.reason, item.lang)
    return output.completion


def _chat(messages: tuple[Message, ...]) -> list[ChatMessage]:
    kinds = {"user": ChatMessageUser, "assistant": ChatMessageAssistant}
    return [kinds[message["role"]](content=message["content"]) for message in messages]


def _as_inspect(scored: ItemScore, answer: str, judgement: str | None) -> Score:
    lines = [
        f"{'?' if verdict.ok is None else 'yes' if verdict.ok else 'no'}: {verdict.message}"
        for verdict in scored.verdicts
    ]
    explanation = "\n".join([*lines, *([scored.reason] if scored.reason else [])])
    metadata: dict[str, Any] = {
        "key": list(scored.item.key),
        "status": scored.status,
        "hard": scored.hard,
        "soft": scored.soft,
        "judgement": judgement,
    }
    if scored.hard is None:
        return Score.unscored(
            reason=scored.status, answer=answer, explanation=explanation, metadata=metadata
        )
    return Score(value=scored.hard, answer=answer, explanation=explanation, metadata=metadata)


def _cell(score: SampleScore) -> tuple[Key, float | None, float | None]:
    metadata = score.score.metadata or {}
    category, example_id, level = metadata["key"]
    return (category, example_id, level), metadata["hard"], metadata["soft"]
