"""Answers of a model in this process, written as OpenAI's API writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lte_edit.gateway.backend import Kind
from truing_core.files import encode_json
from truing_core.models import ChatReply


@dataclass(frozen=True)
class Chunks:
    """The forms of one answer.

    Attributes:
        kind: Which API.
        id: Of the answer.
        model: As clients call it.
        created: Seconds since 1970.
    """

    kind: Kind
    id: str
    model: str
    created: int

    def whole(self, reply: ChatReply) -> bytes:
        """All at once."""
        said = (
            {"message": {"role": "assistant", "content": reply.text, "refusal": None}}
            if self.kind == "chat"
            else {"text": reply.text}
        )
        choice = self._choice(said, reply.finish_reason)
        return encode_json({**self._frame(""), "choices": [choice], "usage": _usage(reply)})

    def begin(self) -> bytes:
        """The first event."""
        return self._event(self._said("", role="assistant"), None)

    def piece(self, text: str) -> bytes:
        """One more event with text."""
        return self._event(self._said(text), None)

    def end(self, reply: ChatReply, usage: bool) -> bytes:
        """The last events."""
        said: dict[str, Any] = {"delta": {}} if self.kind == "chat" else {"text": ""}
        last = self._event(said, reply.finish_reason)
        if usage:
            counts = {**self._frame(".chunk"), "choices": [], "usage": _usage(reply)}
            last += _data(counts)
        return last + b"data: [DONE]\n\n"

    def _said(self, text: str, **more: str) -> dict[str, Any]:
        return {"delta": {**more, "content": text}} if self.kind == "chat" else {"text": text}

    def _event(self, said: dict[str, Any], finish_reason: str | None) -> bytes:
        choice = self._choice(said, finish_reason)
        return _data({**self._frame(".chunk"), "choices": [choice]})

    def _choice(self, said: dict[str, Any], finish_reason: str | None) -> dict[str, Any]:
        return {"index": 0, **said, "logprobs": None, "finish_reason": finish_reason}

    def _frame(self, suffix: str) -> dict[str, Any]:
        name, prefix = (
            (f"chat.completion{suffix}", "chatcmpl")
            if self.kind == "chat"
            else ("text_completion", "cmpl")
        )
        return {
            "id": f"{prefix}-{self.id}", "object": name, "created": self.created,
            "model": self.model,
        }  # fmt: skip


def _usage(reply: ChatReply) -> dict[str, int]:
    asked, said = reply.usage.prompt_tokens, reply.usage.completion_tokens
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


def _data(content: Any) -> bytes:
    return b"data: " + encode_json(content) + b"\n\n"
