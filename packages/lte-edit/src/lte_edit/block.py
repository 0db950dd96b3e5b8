"""The prompt that puts edits before a question: the same in training, serving and evaluation.

Edits are data. Each stands on one line of its block, and what a chat template could take for a
role or a special token loses its brackets' meaning, so that an edit can never speak for anyone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lte_edit.edits import Edit
from truing_core.prompts import Prompts

TEMPLATE = "edit"

# In angle brackets anything like a tag: <|im_end|>, <s>, </tool>, <start_of_turn>, <<SYS>>, <0x0A>,
# and full-width <｜User｜>. In square ones, which text and code have too, a word as tokens are
# written: [|user|], [/INST], [gMASK], [PAD7], [unused1], [start_header_id], or one of the names
# below; but not [sic], list[str], [A-Z] or [1]. What holds a look-alike is no token any more.
_NAMES = "bos|eos|pad|unk|sep|cls|mask|unused|inst|sys|system|user|assistant"
_IN = r"[^\[\]‹›⁅⁆\s]"
_TAG = re.compile(
    rf"""
    <<?(?:[|｜]|/?[^\W\d]|0x)[^<>‹›⁅⁆\n]{{0,60}}>>?
    | \[(?:
        [|｜]
        | /[^\W\d]
        | (?=[^\W\d])(?=
            {_IN}{{0,60}}(?:[|｜]\]|[A-Z]{{2}})
            | \w{{0,60}}[\d_]\w{{0,60}}\]
            | (?i:{_NAMES})\]
        )
    ){_IN}{{0,61}}\]
    """,
    re.VERBOSE,
)
_INERT = str.maketrans("<>[]", "‹›⁅⁆")


def inert(text: str) -> str:
    """One line of text that no tokenizer reads a control token in.

    Args:
        text: An edit, as its author wrote it.

    Returns:
        The text with white space made single spaces, and look-alikes for the brackets of what is
        written like a control token. Other text in brackets stays as it is.
    """
    return _TAG.sub(lambda found: found[0].translate(_INERT), " ".join(text.split()))


def fact_of(edit: Edit) -> str:
    """The edit as a line of the block: its descriptor, inert."""
    return inert(edit.descriptor)


def edit_prompt(prompts: Prompts, facts: Sequence[str], question: str) -> str:
    """The question under a block of facts; without facts, the question as it is.

    Args:
        prompts: Templates; ``edit.j2`` is filled with ``facts`` and ``question``.
        facts: Lines, as :func:`fact_of` makes them, in their order in the block.
        question: What is asked.
    """
    if not facts:
        return question
    return prompts.render(TEMPLATE, facts=list(facts), question=question).rstrip("\n")
