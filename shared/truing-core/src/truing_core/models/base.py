"""What every back end speaks: requests in, replies out, one for each, in any order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypedDict, runtime_checkable


class Message(TypedDict):
    """One turn of a conversation, as chat templates and OpenAI-compatible servers take it."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a reply is drawn.

    Attributes:
        temperature: 0 means greedy.
        top_p: Nucleus mass.
        max_tokens: Upper limit of the reply, in tokens.
        seed: Passed on where the back end knows seeds.
        stop: Strings that end the reply; they are not part of it.
    """

    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 1024
    seed: int | None = None
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A conversation that wants its next assistant turn.

    Attributes:
        id: The caller's row id; the reply carries it. Unique within one ``complete`` call.
        messages: The conversation so far.
        sampling: How to draw.
        sample: Index of the draw, so that several draws of one prompt are journaled apart.
        schema: A JSON schema the reply should follow, where the back end can enforce one;
            elsewhere it is ignored, so parse tolerantly.
    """

    id: str
    messages: tuple[Message, ...]
    sampling: Sampling = Sampling()
    sample: int = 0
    schema: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts as the back end reports them."""

    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
        )


@dataclass(frozen=True, slots=True)
class ChatReply:
    """The answer to one request.

    Attributes:
        id: The request's id.
        text: The assistant's text; empty when ``error`` is set.
        finish_reason: ``stop``, ``length``, ``content_filter`` or what the server said.
        usage: Tokens of this request.
        error: Why there is no text, after all retries; ``None`` means all is well.
        cached: Whether the reply came from a journal instead of a model.
    """

    id: str
    text: str = ""
    finish_reason: str = "stop"
    usage: Usage = field(default_factory=Usage)
    error: str | None = None
    cached: bool = False

    @property
    def ok(self) -> bool:
        """Whether there is a text to use."""
        return self.error is None


@runtime_checkable
class ChatModel(Protocol):
    """A model that completes conversations.

    ``identity`` names what makes two models answer alike; journals key on it.
    """

    @property
    def identity(self) -> str: ...

    def complete(self, requests: Iterable[ChatRequest]) -> Iterator[ChatReply]:
        """Answers every request exactly once, as answers finish.

        Requests are drawn from the iterable as there is room for them, so it may be endless.

        Raises:
            ModelError: The model cannot be used at all. Replies already yielded stand.
        """
        ...

    def close(self) -> None:
        """Frees what the model holds; further calls to ``complete`` are not allowed."""
        ...
