"""What the editor is asked, at first and again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from bmc_dpo.bridge.examples import Example, shown
from bmc_dpo.bridge.kinds import Kind
from bmc_dpo.bridge.wording import shingles
from bmc_dpo.pairs import Pair
from truing_core.models.base import Message
from truing_core.prompts import Prompts, make_mark

AGAIN = "bridge/again"
LEAK = 8
"""Words in a row that, taken over from the template, show that it leaked."""

_LONGEST_ECHO = 400


def template_of(kind: Kind) -> str:
    """The name of the template for a kind of task."""
    return f"bridge/{kind}"


def question(
    prompts: Prompts, kind: Kind, pair: Pair, examples: Sequence[Example], *, reference: bool
) -> tuple[str, tuple[Message, ...]]:
    """The mark, and a conversation of one user turn; some models know no system turn.

    Args:
        prompts: Where the templates come from.
        kind: Which of them.
        pair: What is to be mended.
        examples: Shown before it.
        reference: Whether the editor sees the winning response.
    """
    texts = [pair.task, pair.winner, pair.loser]
    for each in examples:
        texts += [each.prompt, each.rejected, each.chosen, each.edited or ""]
    mark = make_mark(*texts)
    content = prompts.render(
        template_of(kind),
        task=pair.task,
        loser=pair.loser,
        reference=pair.winner if reference else None,
        examples=shown(examples),
        mark=mark,
    )
    return mark, ({"role": "user", "content": content},)


def ask_again(
    prompts: Prompts, messages: tuple[Message, ...], reply: str, reason: str, mark: str
) -> tuple[Message, ...]:
    """The conversation with a reply that failed and the reason why.

    A reply that ran on is cut, so that it does not eat up the context of the next one.
    """
    echo = reply.strip() or "..."
    if len(echo) > _LONGEST_ECHO and f"</mended-{mark}>" not in echo:
        echo = f"{echo[:_LONGEST_ECHO]} ..."
    return (
        *messages,
        {"role": "assistant", "content": echo},
        {"role": "user", "content": prompts.render(AGAIN, reason=reason, mark=mark)},
    )


class TemplateWords:
    """What a template itself says, in runs of :data:`LEAK` words."""

    def __init__(self, prompts: Prompts) -> None:
        self._prompts = prompts
        self.of = cache(self._of)

    def _of(self, kind: Kind) -> frozenset[tuple[str, ...]]:
        text = self._prompts.render(
            template_of(kind), task="", loser="", reference="", examples=[], mark=""
        )
        return frozenset(shingles(text, LEAK))
