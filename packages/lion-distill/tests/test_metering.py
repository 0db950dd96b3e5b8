"""Tokens of what goes through a meter."""

from __future__ import annotations

from lion_distill.metering import Metered, tokens
from truing_core.models.base import ChatReply, ChatRequest, Usage


class Fixed:
    """Answers two of three requests."""

    identity = "fixed"
    closed = False

    def complete(self, requests):
        for number, request in enumerate(requests):
            error = "no" if number == 1 else None
            yield ChatReply(request.id, "So.", usage=Usage(10, number), error=error)

    def close(self):
        self.closed = True


def test_what_went_through():
    inner = Fixed()
    metered = Metered(inner)
    assert metered.identity == "fixed"
    replies = list(metered.complete(ChatRequest(str(n), ()) for n in range(3)))
    assert [reply.id for reply in replies] == ["0", "1", "2"]
    assert tokens(metered.usage) == {"prompt": 30, "completion": 3}
    assert (metered.replies, metered.failed, metered.error) == (3, 1, "no")
    metered.close()
    assert inner.closed
