"""The first stage: the model answers every item."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from followbench.data import Benchmark, Item
from truing_core.models import ChatModel, ChatReply, ChatRequest, Sampling


def generation_request(item: Item, sampling: Sampling) -> ChatRequest:
    """The item as its model meets it: one user turn, nothing else (section 3.3 of the paper)."""
    return ChatRequest(item.id, ({"role": "user", "content": item.instruction},), sampling)


def generate(
    benchmark: Benchmark,
    model: ChatModel,
    sampling: Sampling,
    facts: Mapping[str, Any],
    on_reply: Callable[[ChatReply], None] = lambda reply: None,
) -> Iterator[dict[str, Any]]:
    """Yields a row for each item as its answer arrives, in any order.

    Rows hold ``category, example_id, level, generation, finish_reason, error`` and the given
    facts; ``generation`` is ``None`` where the model failed, with the reason in ``error``.

    Raises:
        ModelError: The model cannot be used at all.
    """
    items = {item.id: item for item in benchmark.items}
    requests = (generation_request(item, sampling) for item in items.values())
    for reply in model.complete(requests):
        on_reply(reply)
        item = items[reply.id]
        yield {
            "category": item.category,
            "example_id": item.example_id,
            "level": item.level,
            "generation": reply.text if reply.ok else None,
            "finish_reason": reply.finish_reason if reply.ok else None,
            "error": reply.error,
            **facts,
        }
