"""When to ask again and when to give up: passing faults, back-off, ``Retry-After``."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from truing_core.errors import ModelError

FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0
LONGEST_RETRY_AFTER = 600.0
"""Seconds; a server that asks for more (a daily quota) ends the run instead of holding it."""

_FIRST_CONTACT = 1.5
_SHARE_OF_A_RETRY = 0.25

FaultKind = Literal["broken", "overload", "unreachable"]


class PassingFault(Exception):
    """An attempt failed in a way that another one may not.

    Attributes:
        reason: What happened, free of keys; it becomes the reply's ``error`` in the end.
        kind: ``overload``: the server wants fewer requests; ``unreachable``: there was no
            server at all; ``broken``: anything else.
        retry_after: Seconds the server asked to wait, if it did.
    """

    def __init__(
        self, reason: str, kind: FaultKind = "broken", retry_after: float | None = None
    ) -> None:
        super().__init__(reason)
        self.reason, self.kind, self.retry_after = reason, kind, retry_after


@dataclass(slots=True)
class Tries:
    """What one request has gone through so far."""

    attempts: int = 0
    retries: float = 0.0
    answers_before: int = 0


class RetryPolicy:
    """Decides about every failed attempt, knowing how the others fare.

    Args:
        max_retries: Further attempts for one request. A refusal while other requests get
            through counts a quarter: it says more about the server than about the request.
        outage: Seconds the server may be unreachable once it has been reached; these attempts
            do not count. If it has never been reached, a few quick attempts have to do.
    """

    def __init__(self, max_retries: int, outage: float) -> None:
        self.max_retries, self.outage = max_retries, outage
        self._answers = 0
        self._reached = False
        self._down_since: float | None = None

    def begin(self, tries: Tries) -> None:
        """Notes that a request is about to be sent."""
        tries.attempts += 1
        if tries.attempts == 1:
            tries.answers_before = self._answers

    def answered(self) -> None:
        """Notes an answer, good or final."""
        self._answers += 1
        self._reached, self._down_since = True, None

    def failed(self, tries: Tries, fault: PassingFault, now: float) -> float | None:
        """Seconds to wait before the next attempt; ``None`` if there shall be none.

        Raises:
            ModelError: It makes no sense to send anything any more.
        """
        if fault.kind == "unreachable":
            return self._unreachable(fault, now)
        self._reached, self._down_since = True, None
        if fault.retry_after is not None and fault.retry_after > LONGEST_RETRY_AFTER:
            raise ModelError(
                f"the server refuses more requests for the next {fault.retry_after / 60:.0f} "
                f"minutes ({fault.reason}); run the same command again then"
            )
        crowded = fault.kind == "overload" and self._answers > tries.answers_before
        tries.answers_before = self._answers
        tries.retries += _SHARE_OF_A_RETRY if crowded else 1.0
        if tries.retries > self.max_retries:
            return None
        if fault.retry_after is not None:
            return fault.retry_after
        return backoff(max(1, int(tries.retries)))

    def _unreachable(self, fault: PassingFault, now: float) -> float:
        if self._down_since is None:
            self._down_since = now
        down = now - self._down_since
        if down > (self.outage if self._reached else _FIRST_CONTACT):
            since = f" for {down:.0f} s" if self._reached else ""
            raise ModelError(f"{fault.reason}{since}; check the address and that the server runs")
        return min(5.0, max(0.3, down))


def backoff(tries: int) -> float:
    """Seconds to wait after the ``tries``-th failure (from 1): doubling, with jitter.

    The jitter only spreads load over time; no result depends on it.
    """
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(tries - 1, 16))
    return wait * random.uniform(0.8, 1.2)


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds to wait, from ``retry-after-ms`` or ``Retry-After`` (seconds or an HTTP date).

    Args:
        headers: The answer's headers; look-up must ignore case.
        now: The present, for HTTP dates; ``None`` asks the clock.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after")
    seconds = _number(text)
    if seconds is not None or text is None:
        return seconds
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - (now or datetime.now(UTC))).total_seconds())


def _number(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None
