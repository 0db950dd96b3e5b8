"""The core's vLLM back end against a real engine in this process."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from truing_core.errors import ModelError
from truing_core.models import ChatModel, ChatReply, ChatRequest, LoadOptions, Sampling, load_model

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("default"),  # vLLM's own
]

SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string", "maxLength": 20}, "large": {"type": "boolean"}},
    "required": ["city", "large"],
    "additionalProperties": False,
}


def ask(name: str, text: str, **more: Any) -> ChatRequest:
    sampling = Sampling(**{"max_tokens": 40, **more.pop("sampling", {})})
    return ChatRequest(name, ({"role": "user", "content": text},), sampling, **more)


@pytest.fixture(scope="module")
def model(demo_model: Path) -> Iterator[ChatModel]:
    # In bfloat16 the first word of a greedy answer is another one on some CPUs than on others.
    model = load_model(f"vllm/{demo_model}", LoadOptions(dtype="float32"))
    yield model
    model.close()
    with pytest.raises(ModelError, match="is closed"):
        next(model.complete([ask("late", "?")]))


def by_id(replies: Iterator[ChatReply]) -> dict[str, ChatReply]:
    return {reply.id: reply for reply in replies}


def test_it_is_known_by_its_content(model: ChatModel, demo_model: Path) -> None:
    twin = load_model(f"hf/{demo_model}")
    assert model.identity == twin.identity.replace("hf/", "vllm/")


def test_greedy_answers(model: ChatModel) -> None:
    [reply] = model.complete([ask("a", "What is the capital of France?")])
    assert reply.text == "The capital of France is Paris."
    assert (reply.finish_reason, reply.usage.completion_tokens) == ("stop", 8)
    [cut] = model.complete([ask("b", "What is the capital of France?", sampling={"max_tokens": 3})])
    assert (cut.text, cut.finish_reason) == ("The capital of", "length")
    [stopped] = model.complete(
        [ask("c", "What is the capital of France?", sampling={"stop": (" France",)})]
    )
    assert (stopped.text, stopped.finish_reason) == ("The capital of", "stop")


def test_a_schema_is_enforced(model: ChatModel) -> None:
    [reply] = model.complete(
        [ask("a", "Name a city.", schema=SCHEMA, sampling={"max_tokens": 100})]
    )
    assert set(json.loads(reply.text)) == {"city", "large"}


def test_bad_requests_hold_up_nobody(model: ChatModel) -> None:
    replies = by_id(
        model.complete(
            [
                ask("nonsense", "Hi", schema={"type": "nonsense"}),
                ask("good", "What is the capital of France?"),
                ask("long", "word " * 9000),
                ChatRequest("empty", ()),
            ]
        )
    )
    assert replies["good"].text == "The capital of France is Paris."
    assert str(replies["nonsense"].error).startswith("vLLM refuses it: ")
    assert "the model's context only 8192" in str(replies["long"].error)
    assert replies["empty"].error == "there are no messages"


def test_seeds_and_samples(model: ChatModel) -> None:
    warm = {"temperature": 1.0, "seed": 3, "max_tokens": 20}
    replies = by_id(
        model.complete(
            [
                ask("one", "Name an animal.", sampling=warm),
                ask("same", "Name an animal.", sampling=warm),
                ask("sample", "Name an animal.", sampling=warm, sample=1),
                ask("seed", "Name an animal.", sampling={**warm, "seed": 4}),
            ]
        )
    )
    assert replies["one"].text == replies["same"].text
    assert len({reply.text for reply in replies.values()}) == 3


def test_endless_requests_and_a_caller_that_leaves(model: ChatModel) -> None:
    endless = (ask(str(n), f"What is {n}?", sampling={"max_tokens": 4}) for n in itertools.count())
    replies = list(itertools.islice(model.complete(endless), 40))
    assert len({reply.id for reply in replies}) == 40
    # What was under way has been called off: the next question is answered alone.
    [reply] = model.complete([ask("0", "What is the capital of France?")])
    assert reply.text == "The capital of France is Paris."
