"""What an evaluation may be told: whose protocol, how many edits, what is generated."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from lte_edit.evaluation.argmax import BATCH_TOKENS
from lte_edit.evaluation.texts import Protocol
from truing_core.errors import UsageError
from truing_core.prompts import Prompts

PROTOCOLS: tuple[Protocol, ...] = get_args(Protocol)
SettingName = Literal["single", "mass", "sequential"]
SETTINGS: tuple[SettingName, ...] = get_args(SettingName)

# The paper retrieves three edits; the released evaluation is configured for one.
_K: dict[Protocol, int] = {"paper": 3, "released": 1}


@dataclass(frozen=True)
class Setting:
    """Which edits hold at once.

    Attributes:
        name: ``single``: those of the record that is asked about. ``mass``: those of all records.
            ``sequential``: the same, but made one after the other.
        edits: How many records; by default all. Only those are asked about.
    """

    name: SettingName
    edits: int | None = None

    @classmethod
    def parse(cls, name: str, edits: int | None = None) -> Setting:
        """A setting as typed.

        Raises:
            UsageError: There is none of that name.
        """
        for known in SETTINGS:
            if known == name:
                return cls(known, edits)
        raise UsageError(f"the setting is '{name}'; expected {', '.join(SETTINGS)}")

    def records(self, there: int) -> int:
        """How many records take part.

        Raises:
            UsageError: There are not so many.
        """
        if self.edits is None:
            return there
        if self.edits > there:
            raise UsageError(f"--edits is {self.edits:,}, but there are {there:,} records")
        if self.edits < 1:
            raise UsageError(f"--edits is {self.edits}; expected 1 or more")
        return self.edits


@dataclass(frozen=True)
class EvalChoice:
    """How it is evaluated.

    Attributes:
        protocol: ``paper``: the chat template, all questions of an aspect, three edits, fluency
            under the edit. ``released``: what the authors' code does (see
            :mod:`~lte_edit.evaluation.texts`): the first question of an aspect, one edit,
            fluency without it.
        k: Most edits of a question; by default the protocol's.
        threshold: Least score of an edit; by default none.
        prompts: Templates, ``edit.j2`` among them.
        generate: Whether answers are written, too.
        max_tokens: Most tokens of an answer.
        fluency_tokens: Most tokens of the text whose fluency is measured.
        batch_tokens: Most tokens of a batch; changes no result.
        seed: Of the intervals, and of methods that draw.
    """

    protocol: Protocol = "paper"
    k: int | None = None
    threshold: float | None = None
    prompts: Prompts = field(default_factory=lambda: Prompts("lte_edit"))
    generate: bool = True
    max_tokens: int = 32
    fluency_tokens: int = 100
    batch_tokens: int = BATCH_TOKENS
    seed: int = 0

    @property
    def most(self) -> int:
        """Most edits of a question."""
        return _K[self.protocol] if self.k is None else self.k

    def config(self) -> dict[str, Any]:
        """What of it changes results."""
        return {
            "protocol": self.protocol,
            "k": self.most,
            "threshold": self.threshold,
            "prompts": self.prompts.hashes(),
            "generate": self.generate,
            "max_tokens": self.max_tokens,
            "fluency_tokens": self.fluency_tokens,
            "seed": self.seed,
        }
