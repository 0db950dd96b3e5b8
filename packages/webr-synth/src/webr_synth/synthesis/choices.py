"""What a user chose for a run. What of it changes results is said in one place."""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from truing_core.models import Sampling
from truing_core.prompts import Prompts
from truing_core.roles import ModelChoice
from webr_synth.synthesis.gates import Limits
from webr_synth.synthesis.perspectives import MIX, Mix

WORD_LIMITS = (50, 100, 150, 200)
"""How long a request may be, in words: the paper draws one of these."""


@dataclass(frozen=True)
class DedupChoice:
    """How near-duplicate requests are found.

    Attributes:
        threshold: Jaccard similarity of shingles from which two requests count as one; ``None``
            keeps all.
        permutations: Length of a signature.
        index: A file with the requests of earlier runs, which this one's are added to.
    """

    threshold: float | None = 0.7
    permutations: int = 128
    index: Path | None = None


@dataclass(frozen=True)
class SynthChoice:
    """How rows are made.

    Attributes:
        model: Who writes all of it.
        prompts: The templates.
        num: How many rows.
        mix: Shares of the perspectives.
        limits: Where the gates stand.
        dedup: How near-duplicates are found.
        retries: How often a reply that a gate stopped is drawn anew; none with temperature 0,
            which would draw the same.
        request_tokens: Most tokens of an author or a request; by default what their length asks
            for. Models that think aloud need more.
        document_tokens: Most tokens of a document; longer ones are cut at a section.
        tokenizer: By which tokenizer tokens are counted; ``None`` guesses from characters.
        shard_rows: Rows of an output file.
        seed: Of every random choice.
    """

    model: ModelChoice
    prompts: Prompts
    num: int
    mix: Mix = field(default_factory=lambda: dict(MIX))
    limits: Limits = field(default_factory=Limits)
    dedup: DedupChoice = field(default_factory=DedupChoice)
    retries: int = 2
    request_tokens: int | None = None
    document_tokens: int = 2048
    tokenizer: str | None = None
    shard_rows: int = 10_000
    seed: int = 0

    def sampling(self, stage: str, word_limit: int) -> Sampling:
        """How a stage's reply is drawn."""
        own = self.model.sampling
        most = own.max_tokens
        if stage in ("author", "request"):
            words = 30 if stage == "author" else word_limit
            most = self.request_tokens or min(own.max_tokens, 4 * words + 64)
        return Sampling(own.temperature, own.top_p, most, self.seed, own.stop)

    def draws(self) -> int:
        """How often a stage may be asked for one document."""
        return 1 + (self.retries if self.model.sampling.temperature > 0 else 0)

    def config(self, source: str, limit: int | None, text_field: str | None) -> dict[str, Any]:
        """What of it, and of the data, changes results; files may lie elsewhere the next time."""
        place = Path(source)
        size = place.stat().st_size if place.is_file() else None
        return {
            "data": {
                "name": place.name, "bytes": size, "limit": limit, "text_field": text_field
            },
            "writer": self.model.config(),
            "synthesis": {
                "num": self.num,
                "mix": dict(self.mix),
                "retries": self.retries,
                "request_tokens": self.request_tokens,
                "document_tokens": self.document_tokens,
                "tokenizer": self.tokenizer,
                "shard_rows": self.shard_rows,
                "gates": {**asdict(self.limits), "off": sorted(self.limits.off)},
                "dedup": {
                    "threshold": self.dedup.threshold,
                    "permutations": self.dedup.permutations,
                    "index": self.dedup.index.name if self.dedup.index else None,
                },
                "templates": self.prompts.hashes(),
            },
            "seed": self.seed,
        }  # fmt: skip


def default_folder(model: str, source: str) -> Path:
    """Where a run goes that names no folder: ``runs/webr-DOCS-MODEL``, short and without marks."""
    slug = re.sub(r"[^\w.]+", "-", f"webr-{Path(source).name}-{model}").strip("-.")
    if len(slug) > 120:
        slug = f"{slug[:100]}-{hashlib.sha256(slug.encode()).hexdigest()[:8]}"
    return Path("runs") / slug
