"""One attempt at a new instruction: a parent, and replies until one can be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lion_distill.generation.asking import RETRIES
from lion_distill.generation.filters import Filters, Reason
from lion_distill.generation.parents import Source
from lion_distill.generation.replies import Trouble, Unread, read
from lion_distill.rows import Instruction, instruction_id
from truing_core.models import ChatReply

FAILED: Literal["failed"] = "failed"
Fault = Trouble | Reason | Literal["failed"]


@dataclass(slots=True)
class Attempt:
    """What was asked about a parent, and what came of it.

    Attributes:
        kind: What the parent is.
        number: The attempt's, among those of its kind.
        parent: The instruction that it starts from.
        replies: How many replies came.
        over: Whether no further one is asked for.
        reason: Why it gave no candidate; ``None`` if it gave one, or is not over.
        made: The candidate.
        last: The last reply.
    """

    kind: Source
    number: int
    parent: Instruction
    replies: int = 0
    over: bool = False
    reason: Fault | None = None
    made: Instruction | None = None
    last: ChatReply | None = None

    @property
    def said(self) -> str:
        """What the generator said last, or why it said nothing."""
        if self.last is None:
            return ""
        return self.last.text if self.last.ok else str(self.last.error)

    def take(self, reply: ChatReply, filters: Filters, iteration: int) -> None:
        """Reads a reply.

        One that is cut off or cannot be read is asked for again, so that long tasks have the same
        chance as short ones.

        Args:
            reply: To the attempt's last request.
            filters: What a candidate must pass.
            iteration: The number of the one the candidate is for.
        """
        self.replies += 1
        self.last = reply
        if not reply.ok:
            self.over, self.reason = True, FAILED
            return
        found = read(reply.text, reply.finish_reason)
        if isinstance(found, Unread):
            self.over, self.reason = self.replies > RETRIES, found.why
            return
        self.over = True
        self.reason = filters.stop(found, self.kind, self.parent)
        if self.reason is None:
            self.made = Instruction(
                id=instruction_id(found.instruction, found.input),
                instruction=found.instruction,
                input=found.input,
                iteration=iteration,
                kind=self.kind,
                parent=self.parent.id,
            )
