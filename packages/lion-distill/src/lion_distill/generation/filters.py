"""Which candidates are no task to learn from: one rule, one name, one counter each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from lion_distill.generation.asking import TemplateWords, mark_of
from lion_distill.generation.parents import Source
from lion_distill.generation.replies import Candidate
from lion_distill.generation.text_only import beyond_text
from lion_distill.rows import Instruction
from truing_core.language import language_of, plain_code
from truing_core.refusals import is_refusal

Reason = Literal[
    "refusal", "prompt_leak", "same_as_parent", "too_short", "too_long", "not_text_only", "language"
]
REASONS: tuple[Reason, ...] = get_args(Reason)

# "As an AI, how do you ..." asks; who declines says what he does not do.
_AS_AN_AI = re.compile(r"[\W_]*as an? (?:ai|artificial|(?:large )?language)\b", re.IGNORECASE)
_DECLINES = re.compile(
    r"\bI(?:['’]m| am)? (?:can(?:not|['’]t)?|could|do|don['’]t|will|won['’]t|must|not|unable)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Filters:
    """The rules of an iteration.

    Attributes:
        template: What the templates say.
        min_chars: Shorter candidates are no tasks; of instruction and input together.
        max_chars: Longer ones are not either.
        languages: ISO codes that are wanted; empty means the parent's.
    """

    template: TemplateWords
    min_chars: int = 10
    max_chars: int = 8000
    languages: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(
        cls, template: TemplateWords, min_chars: int, max_chars: int, languages: Sequence[str]
    ) -> Filters:
        """The rules, with language codes as :func:`truing_core.language.language_of` has them."""
        return cls(template, min_chars, max_chars, frozenset(map(plain_code, languages)))

    def stop(self, candidate: Candidate, kind: Source, parent: Instruction) -> Reason | None:
        """The first rule that a candidate breaks; ``None`` if it keeps them all."""
        return next(self._broken(candidate, kind, parent), None)

    def _broken(self, candidate: Candidate, kind: Source, parent: Instruction) -> Iterator[Reason]:
        text = f"{candidate.instruction}\n\n{candidate.input}".strip()
        if _declines(candidate.instruction):
            yield "refusal"
        if mark_of(parent) in text.casefold() or self.template.leaked(text, kind, parent):
            yield "prompt_leak"
        if _plain(text) == _plain(parent.text):
            yield "same_as_parent"
        if len(text) < self.min_chars:
            yield "too_short"
        if len(text) > self.max_chars:
            yield "too_long"
        if beyond_text(candidate.instruction, candidate.input):
            yield "not_text_only"
        if self._strays(candidate.instruction, text, parent):
            yield "language"

    def _strays(self, instruction: str, text: str, parent: Instruction) -> bool:
        """Whether a candidate is surely in another language than it should be.

        The instruction decides, where it is long enough to tell: a sentence to translate may be in
        any language.
        """
        own = language_of(instruction) or language_of(text)
        wanted = self.languages or {
            code
            for code in (language_of(parent.instruction), language_of(parent.text))
            if code is not None
        }
        return own is not None and bool(wanted) and own not in wanted


def _declines(instruction: str) -> bool:
    if not is_refusal(instruction):
        return False
    return _AS_AN_AI.match(instruction) is None or _DECLINES.search(instruction) is not None


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(" .!?。！？")
