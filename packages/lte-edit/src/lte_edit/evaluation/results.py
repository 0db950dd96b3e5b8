"""What an evaluation came to, and its shape as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lte_edit.evaluation.rows import Row

RESULTS, ROWS, REPORT = "results.json", "rows.jsonl", "report.html"


@dataclass(frozen=True)
class Outcome:
    """One method in one setting.

    Attributes:
        method: Its name.
        setting: ``single``, ``mass`` or ``sequential``.
        edits: How many records' edits were made.
        scores: As :func:`~lte_edit.evaluation.summary.summarise` gives them.
        rows: The scored questions.
    """

    method: str
    setting: str
    edits: int
    scores: dict[str, Any]
    rows: Sequence[Row]


@dataclass(frozen=True)
class Evaluation:
    """All outcomes, and what they rest on.

    Attributes:
        outcomes: By setting, then method.
        facts: Models, encoder, protocol, data.
        folder: Where it is written, if anywhere.
    """

    outcomes: tuple[Outcome, ...]
    facts: dict[str, Any]
    folder: Path | None = None

    def get(self, method: str, setting: str | None = None, edits: int | None = None) -> Outcome:
        """The first outcome of a method, in a setting and of a number of edits if they are given.

        Raises:
            KeyError: There is none.
        """
        for outcome in self.outcomes:
            if (
                outcome.method == method
                and setting in (None, outcome.setting)
                and edits in (None, outcome.edits)
            ):
                return outcome
        raise KeyError(f"{method}, {setting}, {edits}")

    def document(self) -> dict[str, Any]:
        """The scores; of several settings, methods or numbers of edits a mapping, in this order."""
        found: dict[str, Any] = {}
        several = [
            len({outcome.setting for outcome in self.outcomes}) > 1,
            len({outcome.method for outcome in self.outcomes}) > 1,
            len({(outcome.setting, outcome.edits) for outcome in self.outcomes})
            > len({outcome.setting for outcome in self.outcomes}),
        ]
        for outcome in self.outcomes:
            names = (outcome.setting, outcome.method, str(outcome.edits))
            path = [name for name, many in zip(names, several, strict=True) if many]
            tree = found
            for name in path:
                tree = tree.setdefault(name, {})
            tree.update(outcome.scores)
        return found
