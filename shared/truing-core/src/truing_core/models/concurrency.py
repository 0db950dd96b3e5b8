"""How many requests may be under way: fewer when the server refuses, more when it copes.

Additive increase, multiplicative decrease. The decrease follows the share of answers that were
refusals, so a server that is far over its limit is left alone quickly, while a stray 429 among
hundreds of answers costs little. Time is passed in, so the class needs no clock and no loop.
"""

from __future__ import annotations

_FEWEST_TO_JUDGE = 4


class AdaptiveLimit:
    """A number of slots between 1 and ``ceiling`` that follows the server's answers.

    Attributes:
        resume_at: No request should be sent before this time (seconds on the caller's clock).
    """

    def __init__(self, ceiling: int) -> None:
        self.ceiling = ceiling
        self.resume_at = 0.0
        self._value = float(ceiling)
        self._growth = 1.0
        self._sent = 0
        self._cut_after = 0
        self._answers = self._refusals = self._streak = 0

    @property
    def slots(self) -> int:
        """How many requests may be under way now."""
        return int(self._value)

    def sent(self) -> int:
        """Notes that a request goes out; returns its ticket for the answer."""
        self._sent += 1
        return self._sent

    def answered(self) -> None:
        """Notes an answer that is no refusal."""
        self._streak = 0
        self._value = min(float(self.ceiling), self._value + self._growth / self._value)
        self._answers += 1
        if self._answers >= max(_FEWEST_TO_JUDGE, self.slots):
            self._judge()

    def refused(self, ticket: int, *, in_flight: int, now: float, wait: float) -> None:
        """Notes that the server refused a request for being too many (429, 503, 529).

        Args:
            ticket: What :meth:`sent` returned for it.
            in_flight: Requests under way when the refusal came, this one included.
            now: The time, in seconds.
            wait: Seconds until the server wants this request again.
        """
        self._growth = 1.0
        self._streak += 1
        if self._streak >= min(_FEWEST_TO_JUDGE, self.slots):
            # It takes nothing any more: everybody waits, not only those it has turned away.
            self.resume_at = max(self.resume_at, now + wait)
        if ticket <= self._cut_after:
            return  # sent before the last cut, which has answered this burst already
        self._answers += 1
        self._refusals += 1
        if self.resume_at > now or self._answers >= max(_FEWEST_TO_JUDGE, self.slots):
            self._value = min(self._value, float(max(in_flight, 1)))
            self._judge()

    def _judge(self) -> None:
        if self._refusals:
            share = self._refusals / self._answers
            self._value = max(1.0, self._value * (1 - share / 2))
            self._cut_after = self._sent
        else:
            self._growth = min(self._growth * 2, max(1.0, self.ceiling / 8))
        self._answers = self._refusals = 0
