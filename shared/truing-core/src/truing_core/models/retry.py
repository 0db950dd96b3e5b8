"""When to ask again: passing faults, back-off, and the ``Retry-After`` header."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0

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
