"""How many requests may be under way: fewer when the server refuses, more when it copes.

A refused request takes its slot along while it waits, and brings half of it back. So a burst of
refusals leaves as many slots as the server has accepted requests, and half of the difference is
tried again when the server said it would have room; a stray 429 costs next to nothing. Answers
add slots: slowly while there are refusals, ever faster when there are none. Time is passed in,
so the class needs no clock and no loop.
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
        self._slowest, self._fastest = 1.0, max(1.0, ceiling / 8)
        self._growth = self._slowest
        self._answers_in_a_row = 0

    @property
    def slots(self) -> int:
        """How many requests may be under way now."""
        return int(self._value)

    def answered(self) -> None:
        """Notes an answer that is no refusal."""
        self._set(self._value + self._growth / self._value)
        self._answers_in_a_row += 1
        if self._answers_in_a_row >= max(_FEWEST_TO_JUDGE, self.slots):
            self._growth = min(self._growth * 2, self._fastest)
            self._answers_in_a_row = 0

    def refused(self, *, others: int, now: float, wait: float) -> None:
        """Notes that the server refused a request for being too many (429, 503, 529).

        Args:
            others: Requests that are still under way.
            now: The time, in seconds.
            wait: Seconds until the server wants this request again.
        """
        self._growth, self._answers_in_a_row = self._slowest, 0
        self._set(self._value - 1)
        if others == 0:
            # It takes nothing at all: nobody needs to try before it has room again.
            self.resume_at = max(self.resume_at, now + wait)

    def waited(self) -> None:
        """Notes that a refused request has waited as long as it was told to."""
        self._set(self._value + 0.5)

    def _set(self, value: float) -> None:
        self._value = min(max(value, 1.0), float(self.ceiling))
