"""What a data set is built from, as it is recorded in the run."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lte_edit.alignment.examples import DISTRACTORS, GoldPosition, OutOfScope
from lte_edit.alignment.instructions import Conversation
from lte_edit.alignment.mix import Mix
from lte_edit.cases import Case
from truing_core.files import encode_json
from truing_core.prompts import Prompts
from truing_core.roles import ModelChoice


@dataclass(frozen=True)
class Material:
    """What examples are made of.

    Attributes:
        cases: Of all sources.
        conversations: General instructions.
    """

    cases: Sequence[Case]
    conversations: Sequence[Conversation] = ()

    def fingerprint(self) -> dict[str, Any]:
        """Its size, and a digest that changes when anything of it does."""
        facts = [
            [
                case.id,
                [[edit.descriptor, edit.subject] for edit in case.edits],
                [[probe.prompt, probe.answers, probe.scope, probe.aspect] for probe in case.probes],
            ]
            for case in self.cases
        ]
        digest = hashlib.sha256(encode_json([facts, list(self.conversations)])).hexdigest()
        return {
            "cases": len(self.cases),
            "conversations": len(self.conversations),
            "fingerprint": digest[:12],
        }


@dataclass(frozen=True)
class BuildChoice:
    """How examples are made.

    Attributes:
        responder: Gives the answers that the sources lack.
        prompts: The template of the block.
        mix: How much of what.
        encoder: The spec of the encoder that finds distractors.
        gold_position: ``shuffled`` or ``first``.
        out_of_scope: Whose answer stands where the edit does not matter, ``file`` or
            ``responder``.
        seed: Of all choices.
    """

    responder: ModelChoice
    prompts: Prompts
    mix: Mix
    encoder: str
    gold_position: GoldPosition = "shuffled"
    out_of_scope: OutOfScope = "responder"
    seed: int = 0

    def config(self, material: Material) -> dict[str, Any]:
        """What of it, and of the material, changes results."""
        return {
            "data": material.fingerprint(),
            "responder": self.responder.config(),
            "examples": {
                "mix": self.mix.caps,
                "encoder": self.encoder,
                "gold_position": self.gold_position,
                "out_of_scope": self.out_of_scope,
                "distractors": list(DISTRACTORS),
                "template": self.prompts.hash("edit"),
            },
            "seed": self.seed,
        }
