"""Tokens by role and by model, and what they cost where prices are known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lion_distill.reporting.manifest import Manifest
from truing_core.budget import Price
from truing_core.models.base import Usage
from truing_core.roles import noted_identities

_STUDENT = re.compile(r"\biteration-(\d+)/student\b")


@dataclass(frozen=True)
class Spent:
    """What a model was asked.

    Attributes:
        model: Its spec, or its identity if no role has it.
        roles: Those it had.
        replies: How many it gave.
        usage: Their tokens.
        cost: ``None`` if its price is unknown.
    """

    model: str
    roles: tuple[str, ...]
    replies: int
    usage: Usage
    cost: float | None


def spent(
    manifest: Manifest, usage: Mapping[str, tuple[int, int, int]], price: Price | None = None
) -> list[Spent]:
    """What the journal holds, by model.

    Args:
        manifest: Knows which model is in which role, and under which name the journal has it.
        usage: Replies, prompt and completion tokens by the models' identities.
        price: Of all models that a server runs; those that run here cost nothing.
    """
    specs = _specs(manifest)
    models = manifest.models()
    found = []
    for identity, (replies, read, written) in usage.items():
        spec = specs.get(identity, identity)
        roles = tuple(role for role, model in models.items() if model == spec)
        if trained := _STUDENT.search(spec):
            # Its folder says where this machine keeps it, and its identity which one it is.
            spec, roles = identity, (f"student of iteration {trained[1]}",)
        tokens = Usage(read, written)
        remote = price is not None and identity.startswith("openai/")
        found.append(
            Spent(spec, roles, replies, tokens, price.cost(tokens) if price and remote else None)
        )
    return found


def _specs(manifest: Manifest) -> dict[str, str]:
    """Specs by identities."""
    noted = noted_identities(manifest.facts.get("identities"))
    return {identity: spec for spec, identity in noted.items()}
