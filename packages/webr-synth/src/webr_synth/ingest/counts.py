"""The funnel: how many records went in, what took which of them out, and how many are left."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from webr_synth.ingest.filters import FILTERS

_ORDER = (*FILTERS, "exact", "near")


@dataclass
class Counts:
    """Counters by stage. ``records`` is the sum of all that follow it.

    Attributes:
        inputs: Files and data sets that were named or found.
        unreadable: Those of them that could not be read, or not to their end.
        records: Records that were seen, good or bad.
        bad: Those that could not be read, by reason.
        passed: Those that are no documents, such as images, by kind.
        empty: Pages in which there was no text.
        filtered: By filter, and there by rule.
        kept: Documents that were written.
        characters: Their length.
    """

    inputs: int = 0
    unreadable: int = 0
    records: int = 0
    bad: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    empty: int = 0
    filtered: dict[str, Counter[str]] = field(default_factory=dict)
    kept: int = 0
    characters: int = 0

    def reject(self, name: str, rule: str) -> None:
        """Counts a document that a filter took out."""
        self.filtered.setdefault(name, Counter())[rule] += 1

    @property
    def lost(self) -> int:
        """Records that could not be read."""
        return sum(self.bad.values())

    def by_filter(self) -> dict[str, int]:
        """How many each filter took out, in the order of the filters."""
        return {name: sum(self.filtered[name].values()) for name in _ORDER if name in self.filtered}

    def facts(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "inputs": self.inputs,
            "unreadable_inputs": self.unreadable,
            "records": self.records,
            "bad": dict(self.bad.most_common()),
            "not_documents": dict(self.passed.most_common()),
            "empty": self.empty,
            "filtered": {
                name: {"total": total, "rules": dict(self.filtered[name].most_common())}
                for name, total in self.by_filter().items()
            },
            "kept": self.kept,
            "characters": self.characters,
        }

    def losses(self) -> str:
        """What took the most, in words, for when nothing is left."""
        parts = {f"{name} filter": total for name, total in self.by_filter().items()}
        parts |= {f"bad ({reason})": count for reason, count in self.bad.items()}
        parts |= {reason: count for reason, count in self.passed.items()}
        if self.empty:
            parts["no text in the page"] = self.empty
        most = sorted(parts.items(), key=lambda part: -part[1])
        return ", ".join(f"{name} {count:,}" for name, count in most[:6])

    def table(self) -> str:
        """The funnel as lines: a step, what it took, and what was left."""
        left = self.records
        lines = [f"{'records':<34}{'':>10}{left:>12,}"]
        steps: list[tuple[str, int, Counter[str]]] = [
            ("bad records", self.lost, self.bad),
            ("not documents", sum(self.passed.values()), self.passed),
            ("no text", self.empty, Counter()),
        ]
        steps += [(name, total, self.filtered[name]) for name, total in self.by_filter().items()]
        for name, total, reasons in steps:
            if not total:
                continue
            left -= total
            lines.append(f"{name:<34}{-total:>10,}{left:>12,}")
            lines += [f"  {rule:<32}{-count:>10,}" for rule, count in reasons.most_common(8)]
        lines.append(f"{'documents':<34}{'':>10}{self.kept:>12,}")
        return "\n".join(lines)
