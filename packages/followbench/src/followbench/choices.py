"""What a user chose: which data, which judge. Each says what changes results."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from followbench.data import Benchmark
from truing_core.prompts import Prompts
from truing_core.roles import ModelChoice

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class DataChoice:
    """Which part of which benchmark.

    Attributes:
        data: ``mini``, ``official``, a folder or a file.
        lang: ``en`` or ``zh``; ``None`` lets the data decide.
        categories: Some categories only.
        limit: The first groups of each category only.
        fingerprint: What the benchmark was when a run was made on it.
    """

    data: str
    lang: str | None = None
    categories: tuple[str, ...] | None = None
    limit: int | None = None
    fingerprint: str | None = None

    def load(self) -> Benchmark:
        """Reads the benchmark and selects from it."""
        from followbench.sources import load_benchmark

        benchmark = load_benchmark(self.data, self.lang).select(self.categories, self.limit)
        if self.fingerprint not in (None, benchmark.fingerprint):
            logger.warning("%s has changed since the run was made on it", self.data)
        return benchmark

    @property
    def place(self) -> str:
        """What names the data from any working folder."""
        return self.data if self.data in ("mini", "official") else str(Path(self.data).resolve())

    def config(self, benchmark: Benchmark) -> dict[str, Any]:
        """What of it changes results; files may lie elsewhere the next time."""
        return {
            "name": benchmark.name,
            "lang": benchmark.lang,
            "fingerprint": benchmark.fingerprint,
            "categories": list(self.categories) if self.categories else None,
            "limit": self.limit,
        }

    def narrowed(
        self, lang: str | None, categories: tuple[str, ...] | None, limit: int | None
    ) -> DataChoice:
        """The same data with what is given in place of its own selection."""
        if lang is None and categories is None and limit is None:
            return self
        return DataChoice(
            self.data, lang or self.lang, categories or self.categories, limit or self.limit
        )

    @classmethod
    def from_config(cls, config: Mapping[str, Any], place: str) -> DataChoice:
        """The choice that :meth:`config` recorded, of the data at :attr:`place`."""
        categories = config["categories"]
        return cls(
            place,
            config["lang"],
            tuple(categories) if categories else None,
            config["limit"],
            config["fingerprint"],
        )


@dataclass(frozen=True)
class JudgeChoice:
    """The judge, its templates, and how often it is asked again about an unreadable reply."""

    model: ModelChoice
    prompts: Prompts
    retries: int = 2

    def config(self, lang: str) -> dict[str, Any]:
        """What of it changes results."""
        hashes = self.prompts.hashes()
        return {
            **self.model.config(),
            "retries": self.retries,
            "templates": {
                name: digest for name, digest in hashes.items() if name.startswith(f"judge/{lang}/")
            },
        }


def default_folder(model: str, data: DataChoice) -> Path:
    """Where a run goes that names no folder: ``runs/MODEL-DATA[-LANG]``."""
    parts = [model, Path(data.data).name or data.data, data.lang or ""]
    slug = re.sub(r"[^\w.]+", "-", "-".join(part for part in parts if part)).strip("-.")
    return Path("runs") / slug
