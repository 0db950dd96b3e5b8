"""``--dry-run``: how many requests and tokens a run would take, and what they may cost."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from followbench.answers import read_generations
from followbench.choices import JudgeChoice
from followbench.data import Benchmark, Key
from followbench.generation import generation_request
from followbench.judging import judge_requests
from followbench.stages import GENERATIONS
from truing_core.budget import Estimate
from truing_core.roles import ModelChoice, estimated

# Stands in for answers that are not there yet; a usual answer has some 250 tokens.
TYPICAL_ANSWER = "word " * 250


def plan(
    folder: Path,
    benchmark: Benchmark,
    model: ModelChoice,
    judging: JudgeChoice | None,
    *,
    fresh: bool = False,
) -> dict[str, Estimate]:
    """Estimates for the stages of a run; replies that its journal holds cost nothing.

    Answers that are not there yet are taken to be of usual length.

    Args:
        folder: The run folder.
        benchmark: What is asked.
        model: Who answers.
        judging: Who judges, if anybody.
        fresh: The run will start over.
    """
    requests = [generation_request(item, model.sampling) for item in benchmark.items]
    plans = {"generate": estimated(folder, requests, model, fresh=fresh)}
    if judging is not None:
        known: Mapping[Key, str] = {}
        if not fresh and (folder / GENERATIONS).is_file():
            known = read_generations(folder / GENERATIONS, benchmark).texts
        texts = {item.key: known.get(item.key, TYPICAL_ANSWER) for item in benchmark.items}
        plans["judge"] = plan_judge(folder, benchmark, texts, judging, fresh=fresh)
    return plans


def plan_judge(
    folder: Path,
    benchmark: Benchmark,
    generations: Mapping[Key, str],
    judging: JudgeChoice,
    *,
    fresh: bool = False,
) -> Estimate:
    """The estimate for judging these answers, which are all that is judged.

    Replies that cannot be read and are asked for again come on top.
    """
    requests = judge_requests(benchmark, generations, judging.prompts, judging.model.sampling)
    return estimated(folder, list(requests), judging.model, fresh=fresh)
