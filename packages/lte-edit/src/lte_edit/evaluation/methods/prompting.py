"""Methods that leave the weights alone: no edit at all, and edits shown before the question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from lte_edit.edits import Edit
from lte_edit.evaluation.methods.base import Edited, Lab, Model
from lte_edit.memory.results import Hit


@dataclass(frozen=True)
class Unedited:
    """``none``: the model as it was, which shows what there is to gain and to lose."""

    start: Model = "unaligned"
    retrieves: bool = False

    def config(self) -> dict[str, Any]:
        """Nothing to set."""
        return {}

    @contextmanager
    def edit(self, lab: Lab, edits: Sequence[Edit], *, one_by_one: bool) -> Iterator[Edited]:
        """Makes no edit."""
        yield Edited()


@dataclass(frozen=True)
class Shown:
    """``lte`` and ``icl``: the nearest edits of a memory stand before the question."""

    start: Model = "aligned"
    retrieves: bool = True

    def config(self) -> dict[str, Any]:
        """What there is to set is the evaluation's own: k, threshold, template."""
        return {}

    @contextmanager
    def edit(self, lab: Lab, edits: Sequence[Edit], *, one_by_one: bool) -> Iterator[Edited]:
        """Adds the edits to a memory."""
        memories = lab.memories()
        namespace = memories.namespace(edits, one_by_one=one_by_one)

        def find(questions: Sequence[str]) -> list[list[Hit]]:
            return memories.search(
                questions, lab.choice.most, namespace=namespace, threshold=lab.choice.threshold
            )

        yield Edited(find=find)
