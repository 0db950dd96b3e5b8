"""Tokens and failures of a model that somebody else asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from truing_core.models import ChatModel, ChatReply, ChatRequest
from truing_core.models.base import Usage


class Metered:
    """A chat model whose replies are counted, also those that are asked for again.

    Attributes:
        usage: Tokens of all replies.
        replies: How many there were.
        failed: How many of them failed.
        error: What the last one that failed said.
    """

    def __init__(self, model: ChatModel) -> None:
        self._model = model
        self.usage = Usage()
        self.replies = self.failed = 0
        self.error: str | None = None

    @property
    def identity(self) -> str:
        """The inner model's identity."""
        return self._model.identity

    def complete(self, requests: Iterable[ChatRequest]) -> Iterator[ChatReply]:
        """The inner model's replies."""
        for reply in self._model.complete(requests):
            self.usage += reply.usage
            self.replies += 1
            if not reply.ok:
                self.failed += 1
                self.error = reply.error
            yield reply

    def close(self) -> None:
        """Closes the inner model."""
        self._model.close()


def tokens(usage: Usage) -> dict[str, int]:
    """As the stages record them."""
    return {"prompt": usage.prompt_tokens, "completion": usage.completion_tokens}
