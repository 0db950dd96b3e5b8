"""What the gateway counts, for Prometheus. No label holds a key, a text or a name of a user's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.responses import Response

_SECONDS = (
    0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.035, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
    10, 30, 60, 120,
)  # fmt: skip

EMBED, SEARCH, UPSTREAM = "embed", "search", "upstream"


class Timings:
    """Where the time of one request goes, until its answer begins.

    Attributes:
        seconds: By stage: ``embed``, ``search``, ``upstream``.
        edits: Edits that were used, where edits could be.
    """

    def __init__(self) -> None:
        self.begun = time.perf_counter()
        self.seconds: dict[str, float] = {}
        self.edits: int | None = None

    def add(self, stage: str, seconds: float) -> None:
        """Books time to a stage."""
        self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Books what the block takes."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.add(name, time.perf_counter() - begun)

    def overhead(self, now: float) -> float:
        """Seconds up to now that neither the model nor the encoder took."""
        spent = self.seconds.get(UPSTREAM, 0.0) + self.seconds.get(EMBED, 0.0)
        return now - self.begun - spent

    def header(self, now: float) -> bytes:
        """The ``Server-Timing`` header; milliseconds."""
        stages = {**self.seconds, "gateway": self.overhead(now)}
        return ", ".join(f"{name};dur={1000 * s:.2f}" for name, s in stages.items()).encode()


class Metrics:
    """Counters of one gateway, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        here = self.registry
        self.requests = Counter(
            "lte_requests", "Requests answered.", ["route", "status"], registry=here
        )
        self.latency = Histogram(
            "lte_request_seconds", "From a request's arrival to the end of its answer.", ["route"],
            buckets=_SECONDS, registry=here,
        )  # fmt: skip
        self.stages = Histogram(
            "lte_stage_seconds", "Embedding, searching, and waiting for the model.", ["stage"],
            buckets=_SECONDS, registry=here,
        )  # fmt: skip
        self.overhead = Histogram(
            "lte_gateway_overhead_seconds",
            "From a request's arrival to the start of its answer, less embedding and the model.",
            buckets=_SECONDS, registry=here,
        )  # fmt: skip
        self.edits_used = Histogram(
            "lte_edits_used", "Edits in the prompt of a completion.",
            buckets=(0, 1, 2, 3, 5, 10, 20), registry=here,
        )  # fmt: skip
        self.edits_changed = Counter(
            "lte_edits_changed",
            "Edits that came into or went out of force.",
            ["how"],
            registry=here,
        )
        self.in_flight = Gauge("lte_requests_in_flight", "Requests under way.", registry=here)
        self.upstream_errors = Counter(
            "lte_upstream_errors", "What went wrong between here and the model.", ["kind"],
            registry=here,
        )  # fmt: skip

    def answered(self, route: str, status: int, timings: Timings, now: float) -> None:
        """Notes a request that is over."""
        self.requests.labels(route, str(status)).inc()
        self.latency.labels(route).observe(now - timings.begun)

    def begun(self, timings: Timings, now: float) -> None:
        """Notes that the answer of a completion begins."""
        for stage, seconds in timings.seconds.items():
            self.stages.labels(stage).observe(seconds)
        if timings.edits is not None:
            self.edits_used.observe(timings.edits)
            self.overhead.observe(timings.overhead(now))

    def page(self) -> Response:
        """All of it, as Prometheus reads it."""
        return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)
