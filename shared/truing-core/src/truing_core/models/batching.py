"""Which prompts go through a local model together.

A batch costs rows x (longest prompt + reply limit) tokens of memory, and every row pays for the
longest prompt. So rows wait in a pool, and a batch takes the one that has waited longest together
with those nearest to it in length.
"""

from __future__ import annotations

from collections.abc import Hashable
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
        return replace(self.request.sampling, seed=None), self.reply_tokens


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


def cost(rows: int, longest: int, reply_tokens: int) -> int:
    """Tokens a batch may come to hold."""
    return rows * (longest + reply_tokens)


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
        like = [i for i, row in enumerate(self._rows) if row.group == first.group]
        length = len(first.prompt)
        like.sort(key=lambda i: (abs(len(self._rows[i].prompt) - length), i))
        taken, longest = [0], length
        for index in like[1:]:
            longest = max(longest, len(self._rows[index].prompt))
            if cost(len(taken) + 1, longest, first.reply_tokens) > self.budget:
                break
            taken.append(index)
        batch = sorted((self._rows[i] for i in taken), key=lambda row: -len(row.prompt))
        gone = set(taken)
        self._rows = [row for i, row in enumerate(self._rows) if i not in gone]
        return batch

    def shrink(self, batch: list[Row]) -> None:
        """Lowers the budget to half of what ``batch`` costs, after it did not fit into memory."""
        longest = max(len(row.prompt) for row in batch)
        self.budget = min(self.budget, cost(len(batch), longest, batch[0].reply_tokens) // 2)
