"""Cases: edits and the questions that show what they should change, and what they should not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lte_edit.edits import Edit

Scope = Literal["in", "out", "free"]

EDIT = "Edit"
REPHRASE = "Rephrase"
FREE_TEXT = "Free_Text"
INSTRUCTION = "Instruction"


@dataclass(frozen=True)
class Probe:
    """A question about a case.

    Attributes:
        prompt: What is asked, or the beginning of a sentence.
        answers: Right answers, aliases included; the first is the one to be learned or scored by
            token. Empty for open questions.
        scope: ``in`` if the edit decides the answer, ``out`` if it must not matter, ``free`` for
            open questions.
        aspect: ``Edit``, ``Rephrase``, or the benchmark's name (``Reasoning``,
            ``Relation_Specificity`` …).
    """

    prompt: str
    answers: tuple[str, ...]
    scope: Scope
    aspect: str


@dataclass(frozen=True)
class Case:
    """Edits that belong together, mostly one, with their probes.

    Attributes:
        id: Unique in its file.
        edits: In the order of the file; MQuAKE has several.
        probes: The edit's own prompt first.
        source: The name of the data it comes from.
    """

    id: str
    edits: tuple[Edit, ...]
    probes: tuple[Probe, ...]
    source: str


@dataclass
class Skipped:
    """What a reader left out, to be shown: it is no error, but nobody should wonder.

    Attributes:
        without_answer: Probes whose ground truth is empty.
        without_prompt: Probes that ask nothing.
    """

    without_answer: int = 0
    without_prompt: int = 0
