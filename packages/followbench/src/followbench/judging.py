"""The second stage: a judge decides what no rule can, and is asked again if it is unreadable."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from followbench.data import Benchmark, Item, Key
from followbench.judge import (
    Unread,
    judge_messages,
    judge_schema,
    parse_judgement,
    reask_messages,
    template_name,
)
from truing_core.models import ChatModel, ChatReply, ChatRequest, Message, Sampling
from truing_core.prompts import Prompts


@dataclass(frozen=True, slots=True)
class _Case:
    """One item before the judge: the conversation so far and how often it was asked."""

    item: Item
    messages: tuple[Message, ...]
    attempts: int = 1

    def request(self, sampling: Sampling) -> ChatRequest:
        schema = judge_schema(self.item.judged)
        return ChatRequest(self.item.id, self.messages, sampling, schema=schema)


def judge_requests(
    benchmark: Benchmark, generations: Mapping[Key, str], prompts: Prompts, sampling: Sampling
) -> Iterator[ChatRequest]:
    """The first request about each answer that wants a judge."""
    for case in _cases(benchmark, generations, prompts):
        yield case.request(sampling)


def judge(
    benchmark: Benchmark,
    generations: Mapping[Key, str],
    model: ChatModel,
    prompts: Prompts,
    sampling: Sampling,
    facts: Mapping[str, Any],
    *,
    retries: int = 2,
    on_reply: Callable[[ChatReply], None] = lambda reply: None,
    on_reask: Callable[[int], None] = lambda count: None,
) -> Iterator[dict[str, Any]]:
    """Yields a row for each judged item once its verdicts can be read, or the asking ends.

    A reply that cannot be read is answered with the reason, up to ``retries`` times; the last
    reply is kept as it is, and scoring counts it as unread; ``on_reask`` hears how many are asked
    again in each round. Rows hold ``category, example_id,
    level, judgement, attempts, error, template, template_hash`` and the given facts.

    Raises:
        ModelError: The judge cannot be used at all.
    """
    cases = {case.item.id: case for case in _cases(benchmark, generations, prompts)}
    hashes = prompts.hashes()
    while cases:
        again: dict[str, _Case] = {}
        for reply in model.complete(case.request(sampling) for case in list(cases.values())):
            case = cases[reply.id]
            read = parse_judgement(reply.text, case.item.judged, "fixed") if reply.ok else None
            if isinstance(read, Unread) and case.attempts <= retries:
                messages = reask_messages(case.messages, reply.text, read.reason, case.item.lang)
                again[reply.id] = _Case(case.item, messages, case.attempts + 1)
                continue
            on_reply(reply)
            yield _row(case, reply, hashes, facts)
        cases = again
        if again:
            on_reask(len(again))


def count_unread(benchmark: Benchmark, judgements: Mapping[Key, str]) -> int:
    """How many of the judge's replies cannot be read."""
    return sum(
        isinstance(parse_judgement(judgements[item.key], item.judged, "fixed"), Unread)
        for item in benchmark.items
        if item.judged and item.key in judgements
    )


def _cases(
    benchmark: Benchmark, generations: Mapping[Key, str], prompts: Prompts
) -> Iterator[_Case]:
    for item in benchmark.items:
        generation = generations.get(item.key)
        if item.judged and generation is not None:
            yield _Case(item, judge_messages(item, generation, prompts))


def _row(
    case: _Case, reply: ChatReply, hashes: Mapping[str, str], facts: Mapping[str, Any]
) -> dict[str, Any]:
    template = template_name(case.item).removesuffix(".j2")
    return {
        "category": case.item.category,
        "example_id": case.item.example_id,
        "level": case.item.level,
        "judgement": reply.text if reply.ok else None,
        "attempts": case.attempts,
        "error": reply.error,
        "template": template,
        "template_hash": hashes[template],
        **facts,
    }
