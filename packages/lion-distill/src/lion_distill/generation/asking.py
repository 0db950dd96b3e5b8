"""What the generator is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from lion_distill.generation.parents import Source
from lion_distill.rows import Instruction
from truing_core.language import language_of, name_of, plain_code
from truing_core.models import ChatRequest, Sampling
from truing_core.models.base import Message
from truing_core.prompts import Prompts, make_mark
from truing_core.words import run_length, words

RETRIES = 2
"""How often a reply that is cut off or cannot be read is asked for again."""
LEAK = 8
"""Words in a row that, taken over from the template, show that it leaked; of characters, twice."""
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"instruction": {"type": "string"}, "input": {"type": "string"}},
    "required": ["instruction", "input"],
    "additionalProperties": False,
}
_UNKNOWN = "the language of the old task"
_SAMPLES_OF_ITERATION = 10_000_000


def template_of(kind: Source) -> str:
    """The name of the template for a kind of parent."""
    return f"generator/{kind}"


def mark_of(parent: Instruction) -> str:
    """The mark that fences a parent."""
    return make_mark(parent.instruction, parent.input)


def language_name(parent: Instruction, wanted: Sequence[str] = ()) -> str:
    """The language to ask for: the parent's, unless others are wanted; then the first of them."""
    own = language_of(parent.text)
    if not wanted or own in {plain_code(code) for code in wanted}:
        return name_of(own) or _UNKNOWN
    return name_of(wanted[0]) or wanted[0]


def question(
    prompts: Prompts, kind: Source, parent: Instruction, languages: Sequence[str] = ()
) -> tuple[Message, ...]:
    """A conversation of one user turn; some models know no system turn."""
    content = prompts.render(
        template_of(kind),
        instruction=parent.instruction,
        input=parent.input.strip() and parent.input,
        language=language_name(parent, languages),
        mark=mark_of(parent),
    )
    return ({"role": "user", "content": content},)


def request(
    messages: tuple[Message, ...],
    sampling: Sampling,
    kind: Source,
    number: int,
    *,
    iteration: int,
    tried: int,
) -> ChatRequest:
    """The request of an attempt.

    The same parent may be drawn again, in this iteration or a later one. Each time another reply
    is wanted, so every attempt, and each of its tries, has a sample of its own.

    Args:
        messages: From :func:`question`.
        sampling: How the reply is drawn.
        kind: What the parent is.
        number: The attempt's, among those of its kind.
        iteration: In which it is made.
        tried: How many replies to it could not be read.
    """
    sample = iteration * _SAMPLES_OF_ITERATION + number * (RETRIES + 1) + tried
    return ChatRequest(f"{kind}-{number}/{tried}", messages, sampling, sample, SCHEMA)


class TemplateWords:
    """What the templates themselves say, in runs of :data:`LEAK` words."""

    def __init__(self, prompts: Prompts) -> None:
        self._prompts = prompts
        self._of = cache(self._runs)

    def leaked(self, text: str, kind: Source, parent: Instruction) -> bool:
        """Whether a text repeats a run of the template's words that its parent does not hold."""
        size, known = self._of(kind)
        own = _runs(text, size) & known
        return bool(own) and bool(own - _runs(parent.text, size))

    def _runs(self, kind: Source) -> tuple[int, frozenset[tuple[str, ...]]]:
        text = self._prompts.render(
            template_of(kind), instruction="", input="·", language="", mark=""
        )
        size = run_length(text, LEAK)
        return size, _runs(text, size)


def _runs(text: str, size: int) -> frozenset[tuple[str, ...]]:
    found = words(text)
    return frozenset(found[start : start + size] for start in range(len(found) - size + 1))
