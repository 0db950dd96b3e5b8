"""What a user chose for a bridging run. Each choice says what of it changes results."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bmc_dpo.bridge.examples import Example
from bmc_dpo.bridge.gates import Limits
from bmc_dpo.bridge.kinds import Kind, kind_of
from bmc_dpo.pairs import Pair
from truing_core.files import encode_json
from truing_core.prompts import Prompts
from truing_core.roles import ModelChoice
from truing_core.run import rng


@dataclass(frozen=True)
class BridgeChoice:
    """How pairs are bridged.

    Attributes:
        editor: The model that mends.
        prompts: Its templates.
        kind: The template for all pairs; ``None`` lets each pair decide.
        reference: Whether the editor sees the winning response.
        fraction: Share of pairs that are bridged.
        few_shot: Worked examples in each question.
        examples: Where they are drawn from.
        limits: Where the gates stand.
        retries: How often a reply that a gate stopped is asked for again.
        seed: Of the choice of pairs and of examples.
    """

    editor: ModelChoice
    prompts: Prompts
    kind: Kind | None = None
    reference: bool = True
    fraction: float = 1.0
    few_shot: int = 0
    examples: Sequence[Example] = ()
    limits: Limits = field(default_factory=Limits)
    retries: int = 2
    seed: int = 0

    def kind_of(self, pair: Pair) -> Kind:
        """The template a pair is mended with."""
        return self.kind or kind_of(pair)

    def selects(self, pair: Pair) -> bool:
        """Whether a pair is bridged; a larger fraction selects all that a smaller one does."""
        if pair.chosen == pair.rejected:
            return False
        return rng(self.seed, pair.id, "bridge").random() < self.fraction

    def config(self, pairs: Sequence[Pair], source: str, limit: int | None) -> dict[str, Any]:
        """What of it, and of the data, changes results; files may lie elsewhere the next time."""
        hashes = self.prompts.hashes()
        drawn = encode_json([each.model_dump() for each in self.examples])
        return {
            "data": {
                "name": Path(source).name or source,
                "rows": len(pairs),
                "limit": limit,
                "fingerprint": fingerprint(pairs),
            },
            "editor": self.editor.config(),
            "bridge": {
                "task": self.kind or "auto",
                "reference": self.reference,
                "fraction": self.fraction,
                "few_shot": self.few_shot,
                "examples": hashlib.sha256(drawn).hexdigest()[:12] if self.few_shot else None,
                "retries": self.retries,
                "gates": asdict(self.limits),
                "templates": templates_of(hashes),
            },
            "seed": self.seed,
        }


def templates_of(hashes: Mapping[str, str]) -> dict[str, str]:
    """The hashes of the editor's own templates."""
    return {name: digest for name, digest in hashes.items() if name.startswith("bridge/")}


def fingerprint(pairs: Sequence[Pair]) -> str:
    """Twelve hex digits that change when a pair does."""
    digest = hashlib.sha256()
    for pair in pairs:
        digest.update(encode_json([pair.id, pair.prompt, pair.chosen, pair.rejected]))
    return digest.hexdigest()[:12]


def default_folder(editor: str, source: str) -> Path:
    """Where a run goes that names no folder: ``runs/bridge-DATA-EDITOR``."""
    slug = re.sub(r"[^\w.]+", "-", f"bridge-{Path(source).name or source}-{editor}").strip("-.")
    return Path("runs") / slug
