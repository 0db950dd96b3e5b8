"""Which prompts go through a local model together.

A batch costs rows x (longest prompt + reply limit) tokens of memory, and every row pays for the
longest prompt. So rows wait in a pool, and a batch takes the one that has waited longest together
with those nearest to it in length.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

from truing_core.models.base import ChatReply, ChatRequest
from truing_core.models.chat import ChatTokenizer, TemplateRefusal


@dataclass(frozen=True, slots=True)
class Row:
    """A request made ready for a local model.

    Attributes:
        request: What was asked.
        prompt: Its token ids.
        reply_tokens: Most tokens the reply may have: ``max_tokens``, or what the context leaves.
    """

    request: ChatRequest
    prompt: tuple[int, ...]
    reply_tokens: int

    @property
    def group(self) -> Hashable:
        """Rows of one batch agree on this: all of the sampling except the seed."""
        return replace(self.request.sampling, seed=None)


def prepare(request: ChatRequest, chat: ChatTokenizer, context: int | None) -> Row | ChatReply:
    """Makes a request ready for a model with a context of so many tokens (``None``: no limit).

    Returns:
        Its row, or the reply that says why it cannot be answered.
    """
    limit = request.sampling.max_tokens
    if limit < 1:
        return ChatReply(request.id, error=f"max_tokens is {limit}; at least 1 is needed")
    try:
        prompt = chat.encode(request.messages)
    except TemplateRefusal as refusal:
        return ChatReply(request.id, error=str(refusal))
    room = limit if context is None else context - len(prompt)
    if room < 1:
        problem = f"the prompt has {len(prompt)} tokens, the model's context only {context}"
        return ChatReply(request.id, error=f"{problem}; shorten it or take another model")
    return Row(request, prompt, min(limit, room))


def cost(batch: Sequence[Row]) -> int:
    """Tokens a batch may come to hold: rows x (longest prompt + longest reply)."""
    longest = max(len(row.prompt) for row in batch)
    return len(batch) * (longest + max(row.reply_tokens for row in batch))


class BatchPool:
    """Rows that wait, handed out in batches of one group and like lengths.

    A batch always holds the row that came first, so no row waits for ever, however many follow.

    Args:
        budget: Most tokens of a batch (see :func:`cost`). A row that exceeds it alone is a
            batch of its own. It may be lowered at any time.
        window: How many rows the pool holds before it is full.
    """

    def __init__(self, budget: int, window: int = 512) -> None:
        self.budget = budget
        self._window = window
        self._rows: list[Row] = []

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def full(self) -> bool:
        """Whether a batch should be taken before more rows are added."""
        return len(self._rows) >= self._window

    def add(self, row: Row) -> None:
        self._rows.append(row)

    def take(self) -> list[Row]:
        """Removes and returns the next batch, longest prompt first; empty if none waits."""
        if not self._rows:
            return []
        first = self._rows[0]
        length = len(first.prompt)
        like = [row for row in self._rows[1:] if row.group == first.group]
        like.sort(key=lambda row: abs(len(row.prompt) - length))
        batch = [first]
        for row in like:
            if cost([*batch, row]) > self.budget:
                break
            batch.append(row)
        gone = {id(row) for row in batch}
        self._rows = [row for row in self._rows if id(row) not in gone]
        return sorted(batch, key=lambda row: -len(row.prompt))

    def shrink(self, batch: Sequence[Row]) -> None:
        """Lowers the budget to half of what ``batch`` costs, after it did not fit into memory."""
        self.budget = min(self.budget, cost(batch) // 2)
