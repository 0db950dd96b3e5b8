"""What answers behind the gateway: a server elsewhere, or a model in this process."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from lte_edit.grounding import ChatMessage, Grounded
from truing_core.models.chat_api import Refusal

if TYPE_CHECKING:
    from lte_edit.gateway.metrics import Timings
    from lte_edit.memory.results import Hit

Kind = Literal["chat", "text"]
"""Chat completions, or the older completions of a text."""


@dataclass(frozen=True)
class Reply:
    """What a model says, on its way to the client.

    Attributes:
        status: Of HTTP.
        headers: Those that concern the client.
        body: The whole of it, JSON; empty where ``events`` are.
        events: Server-sent events, whole ones. They end with an error event where the model
            breaks off; closing them early ends the model's work.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    events: AsyncGenerator[bytes, None] | None = None

    @property
    def too_long(self) -> bool:
        """Whether the model's context is too small for what was asked."""
        if self.status not in (400, 413, 422):
            return False
        return _refusal(self.status, self.body).too_long


def _refusal(status: int, body: bytes) -> Refusal:
    import json

    try:
        return Refusal.read(status, json.loads(body))
    except (ValueError, RecursionError):
        return Refusal.read(status, body.decode(errors="replace"))


class Backend(Protocol):
    """A model with an API like OpenAI's."""

    @property
    def name(self) -> str:
        """What the ``model`` field of its requests says."""
        ...

    async def open(self) -> None:
        """Gets ready; called on the loop that everything else is called on."""
        ...

    async def close(self) -> None:
        """Ends all work."""
        ...

    async def ready(self) -> str | None:
        """Why it cannot be asked at present; ``None`` if it can."""
        ...

    async def ground(
        self, messages: Sequence[ChatMessage], hits: Sequence[Hit], body: Mapping[str, Any]
    ) -> Grounded:
        """A conversation under its edits: as many as the context is known to have room for.

        Raises:
            ApiError: The request cannot be answered.
        """
        ...

    async def send(
        self, kind: Kind, body: Mapping[str, Any], raw: bytes | None, timings: Timings
    ) -> Reply:
        """Asks.

        Args:
            kind: Which API.
            body: The request.
            raw: The request as the client wrote it, if nothing in it was changed.
            timings: Told how long the answer took to begin.

        Raises:
            ApiError: There is no answer.
        """
        ...
