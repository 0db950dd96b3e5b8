"""The stage: new instructions from hard and easy ones, until enough are kept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lion_distill.choices import GeneratorChoice
from lion_distill.generation.asking import TemplateWords, question, request
from lion_distill.generation.attempts import Attempt
from lion_distill.generation.counts import Counts
from lion_distill.generation.deciding import Line, Side
from lion_distill.generation.driving import Driver
from lion_distill.generation.filters import Filters
from lion_distill.generation.news import News
from lion_distill.generation.parents import SOURCES, Parents, quotas, split_parents
from lion_distill.metering import Metered, tokens
from lion_distill.rows import Instruction, Verdict
from lion_distill.workspace import Iteration, save
from truing_core.models import ChatRequest
from truing_core.roles import Watch, loaded
from truing_core.run import Run
from truing_core.terminal import tell


def generate(
    run: Run,
    at: Iteration,
    pool: Sequence[Instruction],
    verdicts: Sequence[Verdict],
    choice: GeneratorChoice,
    *,
    watch: Watch,
) -> dict[str, Any]:
    """Makes new instructions, and writes them and what was rejected (step 3 of a round).

    Args:
        run: The open run; its journal holds every reply.
        at: The iteration.
        pool: The cache pool: what new instructions must differ from.
        verdicts: Which of it is hard, and which easy.
        choice: How.
        watch: Shows progress, in new instructions.

    Returns:
        What there is to know; see :meth:`~lion_distill.generation.counts.Counts.facts`.

    Raises:
        InputError: No instruction is hard or easy.
        BudgetError: Spent; the same command with a higher limit goes on.
        ModelError: The generator cannot be used, or does nothing but fail.
    """
    found = split_parents(pool, verdicts)
    wanted = quotas(choice.num, choice.hard_share, found)
    for kind, other in zip(SOURCES, reversed(SOURCES), strict=True):
        if not found[kind]:
            tell(f"generate: no instruction is {kind}, so all new ones are made from {other} ones")
    parents = Parents(found, choice.seed, at.number)
    counts = Counts(wanted)
    news = News(pool, choice.max_rouge_l, choice.max_cosine)
    sides = {
        kind: Side(quota, math.ceil(quota * choice.attempts)) for kind, quota in wanted.items()
    }
    line = Line(news, sides, counts)
    filters = Filters.of(
        TemplateWords(choice.prompts), choice.min_chars, choice.max_chars, choice.languages
    )

    def ask(attempt: Attempt) -> ChatRequest:
        return request(
            question(choice.prompts, attempt.kind, attempt.parent, choice.languages),
            choice.model.sampling,
            attempt.kind,
            attempt.number,
            iteration=at.number,
            tried=attempt.replies,
        )

    with loaded(choice.model, run) as opened, watch("generate", choice.num) as on_kept:
        model = Metered(opened)
        Driver(line, parents.draw, ask, filters, at.number + 1, on_kept).run(model)
    save(at.rejected, line.rejected)
    save(at.generated, line.kept)
    facts = counts.facts()
    if facts["failed"]:
        tell(f"generate: {facts['failed']:,} requests failed and were passed over")
    return {
        **facts,
        "parents": {kind: len(each) for kind, each in found.items()},
        "tokenizer": news.tokenizer,
        "tokens": tokens(model.usage),
    }
