"""``--dry-run``: how many requests and tokens a run would take, and what they may cost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from followbench.answers import read_generations
from followbench.choices import JudgeChoice, ModelChoice
from followbench.data import Benchmark, Key
from followbench.generation import generation_request
from followbench.judging import judge_requests
from followbench.stages import GENERATIONS
from truing_core.budget import Estimate, estimate
from truing_core.models import ChatRequest
from truing_core.run import JOURNAL, MANIFEST

# Stands in for answers that are not there yet; a usual answer has some 250 tokens.
TYPICAL_ANSWER = "word " * 250


def plan(
    folder: Path, benchmark: Benchmark, model: ModelChoice, judging: JudgeChoice | None
) -> dict[str, Estimate]:
    """Estimates for the stages of a run; replies that its journal holds cost nothing."""
    requests = [generation_request(item, model.sampling) for item in benchmark.items]
    plans = {"generate": _estimate(folder, requests, model)}
    if judging is not None:
        known: Mapping[Key, str] = {}
        if (folder / GENERATIONS).is_file():
            known = read_generations(folder / GENERATIONS, benchmark).texts
        plans["judge"] = plan_judge(folder, benchmark, known, judging)
    return plans


def plan_judge(
    folder: Path, benchmark: Benchmark, generations: Mapping[Key, str], judging: JudgeChoice
) -> Estimate:
    """The estimate for judging; answers not there yet are taken to be of usual length.

    Replies that cannot be read and are asked for again come on top.
    """
    texts = {item.key: generations.get(item.key, TYPICAL_ANSWER) for item in benchmark.items}
    requests = judge_requests(benchmark, texts, judging.prompts, judging.model.sampling)
    return _estimate(folder, list(requests), judging.model)


def _estimate(folder: Path, requests: Sequence[ChatRequest], choice: ModelChoice) -> Estimate:
    price = choice.price
    identity = _identity(folder, choice.spec)
    if identity is None or not (folder / JOURNAL).is_file():
        return estimate(requests, price=price)
    from truing_core.journal import Journal

    with Journal(folder / JOURNAL) as journal:
        return estimate(requests, journal=journal, identity=identity, price=price)


def _identity(folder: Path, spec: str) -> str | None:
    """What the run's journal knows a model by, as the run noted it when it loaded the model."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        identity = manifest["facts"]["identities"][spec]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return str(identity)
