"""What a gateway is told: limits, and how edits are chosen."""

from __future__ import annotations

from dataclasses import dataclass

from lte_edit.namespaces import DEFAULT_NAMESPACE


@dataclass(frozen=True)
class Settings:
    """How a gateway behaves.

    Attributes:
        namespace: Of callers who name none and may go everywhere.
        k: Most edits of a question.
        threshold: Least score of an edit; by default the memory's own.
        most_requests: Under way at once; beyond it is 429.
        most_body: Bytes of a request's body.
        most_headers: Bytes of a request's headers.
        timeout: Seconds without anything sent until a request is given up.
        remembered: Vectors of queries that are kept, so that the same query costs nothing again.
    """

    namespace: str = DEFAULT_NAMESPACE
    k: int = 3
    threshold: float | None = None
    most_requests: int = 256
    most_body: int = 4 * 1024 * 1024
    most_headers: int = 16 * 1024
    timeout: float = 120.0
    remembered: int = 2048
