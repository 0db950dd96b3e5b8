"""What a method of editing is to the harness, and what the harness gives it.

A package adds one by an entry point::

    [project.entry-points."lte_edit.methods"]
    rome = "my_package:Rome"

The name is what ``--methods`` takes; the object is called without arguments and must give a
:class:`Method`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from lte_edit.edits import Edit
from lte_edit.evaluation.choices import EvalChoice
from lte_edit.evaluation.memories import Memories
from lte_edit.evaluation.subjects import Subject
from lte_edit.memory.results import Hit

Model = Literal["aligned", "unaligned"]


@dataclass(frozen=True)
class Lab:
    """What a method may use.

    Attributes:
        subject: The model it starts from, and its tokenizer.
        choice: Protocol, number of edits, seed and templates.
        memories: Real edit memories; opened with the encoder at first use.
    """

    subject: Subject
    choice: EvalChoice
    memories: Callable[[], Memories]


def nothing(questions: Sequence[str]) -> list[list[Hit]]:
    """Finds no edit."""
    return [[] for _ in questions]


@dataclass(frozen=True)
class Edited:
    """A model after edits.

    Attributes:
        weights: The changed model; ``None`` if the edits live outside of it, which lets the
            harness score many records in one batch.
        find: Of each question the edits that come before it, the nearest first.
        put: The question as the model gets it, with these edits; by default under the block of
            ``edit.j2``. With fewer edits than were found where the context has no room for all.
    """

    weights: Any = None
    find: Callable[[Sequence[str]], list[list[Hit]]] = nothing
    put: Callable[[str, Sequence[Hit]], str] | None = None


@runtime_checkable
class Method(Protocol):
    """A way to edit."""

    @property
    def start(self) -> Model:
        """The model it starts from."""
        ...

    @property
    def retrieves(self) -> bool:
        """Whether ``find`` looks edits up, so that retrieval is measured."""
        ...

    def config(self) -> dict[str, Any]:
        """What of its settings changes results; JSON-like."""
        ...

    def edit(
        self, lab: Lab, edits: Sequence[Edit], *, one_by_one: bool
    ) -> AbstractContextManager[Edited]:
        """Makes edits, which hold inside the block; after it the model is as it was.

        Args:
            lab: What may be used.
            edits: In their order.
            one_by_one: Whether each is made before the next one is known.
        """
        ...
