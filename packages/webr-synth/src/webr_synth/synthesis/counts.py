"""How many went in, and what became of them: the funnel of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from truing_core.models import ChatReply
from webr_synth.synthesis.journey import STAGES, Journey

_TOKENS = ("prompt_tokens", "completion_tokens")


@dataclass
class Counts:
    """Counters of a run.

    Attributes:
        stages: By stage: ``asked``, ``ok``, ``failed``, ``given_up``, tokens, and ``gates``, which
            counts every reply that was stopped, also those that were drawn anew.
        documents: ``used`` by at least one question, ``cut`` to fit the context.
        duplicates: Rows left out since an earlier request is nearly the same.
    """

    stages: dict[str, Counter[str]] = field(
        default_factory=lambda: {stage: Counter() for stage in STAGES}
    )
    gates: dict[str, Counter[str]] = field(
        default_factory=lambda: {stage: Counter() for stage in STAGES}
    )
    documents: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0

    def began(self, journey: Journey) -> None:
        """A document is asked about for the first time."""
        self.documents["used"] += 1
        self.documents["cut"] += journey.start.cut

    def failed(self, stage: str) -> None:
        """A request failed after all retries."""
        self.stages[stage]["failed"] += 1

    def replied(self, stage: str, reply: ChatReply, stopped: str | None, *, over: bool) -> None:
        """A reply came.

        Args:
            stage: Of which stage.
            reply: The reply.
            stopped: The gate that stopped it.
            over: Whether the document is given up.
        """
        counter = self.stages[stage]
        counter["asked"] += 1
        counter["prompt_tokens"] += reply.usage.prompt_tokens
        counter["completion_tokens"] += reply.usage.completion_tokens
        if stopped is None:
            counter["ok"] += 1
        else:
            self.gates[stage][stopped] += 1
            counter["given_up"] += over

    def add(self, other: Counts) -> None:
        """Adds what another part of the run counted."""
        for stage in self.stages:
            self.stages[stage].update(other.stages[stage])
            self.gates[stage].update(other.gates[stage])
        self.documents.update(other.documents)
        self.duplicates += other.duplicates

    def to_dict(self) -> dict[str, Any]:
        """For ``summary.json`` and for the state of a run."""
        names = ("asked", "ok", "failed", "given_up", *_TOKENS)
        return {
            "documents": dict(self.documents),
            "stages": {
                stage: {
                    **{name: counter[name] for name in names},
                    "gates": dict(sorted(self.gates[stage].items())),
                }
                for stage, counter in self.stages.items()
            },
            "duplicates": self.duplicates,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Counts:
        """What :meth:`to_dict` gave."""
        stages: dict[str, dict[str, Any]] = {
            stage: dict(own) for stage, own in stored["stages"].items()
        }
        gates: dict[str, Counter[str]] = {
            stage: Counter(own.pop("gates")) for stage, own in stages.items()
        }
        return cls(
            {stage: Counter(own) for stage, own in stages.items()},
            gates,
            Counter(stored["documents"]),
            int(stored["duplicates"]),
        )
